import Sparrow

/// Rounding to a fixed-point format, of many values at a time, each as by
/// ``FixedPointFormat/rounded(_:)``.
struct Rounding<Scalar: TrainingScalar> {
  /// 2^exponent and 2^-exponent.
  private let scale: Scalar
  private let step: Scalar
  /// The largest integer.
  private let limit: Scalar
  /// A number so large that what is added to it loses its fraction, ties going to even; and so small that
  /// integers within the limit are kept.
  private static var integers: Scalar {
    Scalar(sign: .plus, exponent: Scalar.Exponent(Scalar.significandBitCount), significand: 1.5)
  }
  /// Values that are looked at side by side, so that the compiler can.
  private static var lanes: Int { 8 }
  /// Below this, the largest of some values counts as none: powers of two stay within what floats hold.
  private static var tiny: Float { 0x1p-100 }

  /// - Precondition: at most 16 bits.
  init(_ format: FixedPointFormat) {
    precondition(format.bits <= 16)
    scale = Scalar(sign: .plus, exponent: Scalar.Exponent(format.exponent), significand: 1)
    step = Scalar(sign: .plus, exponent: Scalar.Exponent(-format.exponent), significand: 1)
    limit = Scalar(format.limit)
  }

  /// The finest format of so many bits that holds the magnitude.
  static func format(bits: Int, holding largest: Scalar) -> FixedPointFormat {
    FixedPointFormat(bits: bits, holding: max(Float(largest), tiny))
  }

  /// The largest number that is not cut off.
  var bound: Scalar { limit * step }

  @inline(__always)
  private func rounded(_ value: Scalar) -> Scalar {
    let scaled = value * scale
    let above = scaled < -limit ? -limit : scaled
    let within = above > limit ? limit : above
    return (within + Self.integers - Self.integers) * step
  }

  /// y = x rounded; they may be the same.
  @_specialize(where Scalar == Float)
  func apply(_ count: Int, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>) {
    for i in 0..<count { y[i] = rounded(x[i]) }
  }

  /// dx = dy where x was not cut off, and zero elsewhere.
  @_specialize(where Scalar == Float)
  func backward(
    _ count: Int, _ x: UnsafePointer<Scalar>, _ dy: UnsafePointer<Scalar>,
    _ dx: UnsafeMutablePointer<Scalar>
  ) {
    let bound = bound
    for i in 0..<count {
      let gradient = dy[i]
      dx[i] = x[i].magnitude > bound ? 0 : gradient
    }
  }

  /// Σ (x - x rounded)².
  @_specialize(where Scalar == Float)
  func squaredError(_ count: Int, _ x: UnsafePointer<Scalar>) -> Scalar {
    let whole = count / Self.lanes * Self.lanes
    var sums = SIMD8<Scalar>()
    for start in stride(from: 0, to: whole, by: Self.lanes) {
      for lane in 0..<Self.lanes {
        let error = x[start + lane] - rounded(x[start + lane])
        sums[lane] += error * error
      }
    }
    for i in whole..<count {
      let error = x[i] - rounded(x[i])
      sums[0] += error * error
    }
    return sums.indices.reduce(0) { $0 + sums[$1] }
  }

  /// The largest |x|; 0 of none.
  @_specialize(where Scalar == Float)
  static func largestMagnitude(_ count: Int, _ x: UnsafePointer<Scalar>) -> Scalar {
    let whole = count / lanes * lanes
    var largest = SIMD8<Scalar>()
    for start in stride(from: 0, to: whole, by: lanes) {
      for lane in 0..<lanes {
        let magnitude = x[start + lane].magnitude
        largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane]
      }
    }
    for i in whole..<count where x[i].magnitude > largest[0] { largest[0] = x[i].magnitude }
    return largest.indices.reduce(0) { max($0, largest[$1]) }
  }
}
