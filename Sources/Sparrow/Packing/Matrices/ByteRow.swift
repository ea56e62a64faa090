/// A row of weights in 8 bits: integers from -127 to 127, rounded to nearest even, and what one is
/// worth. The largest weight has the integer ±127, so what has been rounded once stays as it is.
struct ByteRow {
  /// 0 where all weights are.
  let scale: Float
  let integers: [Int8]

  init(_ weights: ArraySlice<Float>) {
    let largest = weights.reduce(Float(0)) { max($0, abs($1)) }
    let scale = largest / 127
    self.scale = scale
    integers = weights.map { weight in
      // The scale of very small weights is a few bits wide, so a quotient may be off.
      scale > 0
        ? Int8(max(-127, min(127, (weight / scale).rounded(.toNearestOrEven)))) : 0
    }
  }
}
