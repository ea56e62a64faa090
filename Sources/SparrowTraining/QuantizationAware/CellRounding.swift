import Sparrow

/// Rounds what a recurrent cell gives, step by step, to the format of the range of the training
/// passes before; gradients pass unchanged. What is at most 1 has a format that holds 1 in the
/// first pass, and never a coarser one.
final class CellRounding<Scalar: TrainingScalar> {
  private let bits: Int
  private let range: ActivationRange
  private let isBounded: Bool
  /// That of the pass; nil while there is no range.
  private var rounding: Rounding<Scalar>?

  /// - Parameter isBounded: whether values are from -1 to 1.
  init(bits: Int, range: ActivationRange, isBounded: Bool) {
    self.bits = bits
    self.range = range
    self.isBounded = isBounded
  }

  /// Chooses the format of a pass.
  func begin() {
    rounding = format.map(Rounding.init)
  }

  private var format: FixedPointFormat? {
    guard range.largest > 0, range.largest.isFinite else {
      return isBounded ? FixedPointFormat(bits: bits, exponent: bits - 1) : nil
    }
    var format = Rounding.format(bits: bits, holding: Scalar(range.largest))
    // As quantisation chooses it.
    if isBounded { format.exponent = min(max(format.exponent, bits - 1), 15) }
    return format
  }

  /// y = x rounded; y may be x.
  func apply(_ count: Int, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>) {
    if let rounding {
      rounding.apply(count, x, y)
    } else if x != UnsafePointer(y) {
      y.update(from: x, count: count)
    }
  }

  /// Takes note of the values of a pass.
  func end(_ count: Int, _ values: UnsafePointer<Scalar>, _ pass: TrainingPass) {
    guard pass.isTraining else { return }
    range.follow(Float(Rounding.largestMagnitude(count, values)))
  }
}
