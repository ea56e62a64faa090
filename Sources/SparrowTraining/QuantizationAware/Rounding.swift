import Sparrow

/// Vectorised rounding to a fixed-point format, with the results of
/// ``FixedPointFormat/rounded(_:)``.
struct Rounding<Scalar: TrainingScalar> {
  /// 2^exponent and 2^-exponent.
  private let scale: Scalar
  private let step: Scalar
  /// The largest integer.
  private let limit: Scalar
  /// A number so large that a sum with it has no fraction, ties to even, and so small that integers
  /// within the limit are exact.
  private static var integers: Scalar {
    Scalar(sign: .plus, exponent: Scalar.Exponent(Scalar.significandBitCount), significand: 1.5)
  }
  /// The number of values in flight, for the compiler to vectorise.
  private static var lanes: Int { 8 }
  /// A smaller maximum counts as zero, so that powers of two stay within the range of floats.
  private static var tiny: Float { 0x1p-100 }

  /// - Precondition: The format has at most 16 bits.
  init(_ format: FixedPointFormat) {
    precondition(format.bits <= 16)
    scale = Scalar(sign: .plus, exponent: Scalar.Exponent(format.exponent), significand: 1)
    step = Scalar(sign: .plus, exponent: Scalar.Exponent(-format.exponent), significand: 1)
    limit = Scalar(format.limit)
  }

  /// The finest format with a number of bits that holds an absolute value.
  static func format(bits: Int, holding largest: Scalar) -> FixedPointFormat {
    FixedPointFormat(bits: bits, holding: max(Float(largest), tiny))
  }

  /// The largest value that is not clipped.
  var bound: Scalar { limit * step }

  @inline(__always)
  private func rounded(_ value: Scalar) -> Scalar {
    let scaled = value * scale
    let above = scaled < -limit ? -limit : scaled
    let within = above > limit ? limit : above
    return (within + Self.integers - Self.integers) * step
  }

  /// y = x rounded; y may be x.
  @_specialize(where Scalar == Float)
  func apply(_ count: Int, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>) {
    for i in 0..<count { y[i] = rounded(x[i]) }
  }

  /// dx = dy where x was not clipped, and zero elsewhere.
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

  /// The maximum |x|; 0 without values.
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
