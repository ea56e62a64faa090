import Sparrow

/// A parameter of which a share of the values is dropped in training: W ⊙ mask, the mask being
/// drawn anew for each pass, 0 or 1 / (1 - rate) (DropConnect; Wan et al. 2013); otherwise W.
final class DropConnect<Scalar: TrainingScalar> {
  private let context: TrainingContext<Scalar>
  private let parameter: Parameter<Scalar>
  private let rate: Double
  /// Tells this parameter's masks from those of others.
  private let place: UInt64
  private let mask = Buffer<Scalar>()
  private let masked = Buffer<Scalar>()
  private let maskedGradient = Buffer<Scalar>()
  private var isActive = false

  init(
    _ context: TrainingContext<Scalar>, _ parameter: Parameter<Scalar>, rate: Double, place: UInt64
  ) {
    self.context = context
    self.parameter = parameter
    self.rate = rate
    self.place = place
  }

  /// The factor of each weight in this pass.
  func values(_ pass: TrainingPass) -> UnsafePointer<Scalar> {
    isActive = pass.isTraining && rate > 0
    guard isActive else { return UnsafePointer(parameter.value) }
    _ = mask.take(parameter.count)
    let masked = masked.take(parameter.count)
    context.pointwise(parameter.count) { start, count in
      draw(
        start, count,
        RandomNumbers(seed: pass.seed, stream: (0xdc << 48) + (place << 32) + UInt64(start)))
    }
    return UnsafePointer(masked)
  }

  /// A function of its own, for a closure would not be specialised.
  @_specialize(where Scalar == Float)
  private func draw(_ start: Int, _ count: Int, _ numbers: RandomNumbers) {
    var random = numbers
    let kept = Scalar(1 / (1 - rate))
    let bound = UInt64(rate * 0x1p32)
    let mask = mask.take(parameter.count)
    let masked = masked.take(parameter.count)
    // A random number serves two values.
    var bits: UInt64 = 0
    for n in 0..<count {
      bits = n % 2 == 0 ? random.next() : bits >> 32
      let i = start + n
      mask[i] = bits & 0xffff_ffff < bound ? 0 : kept
      masked[i] = mask[i] * parameter.value[i]
    }
  }

  /// Adds a gradient by what ``values(_:)`` gave.
  ///
  /// - Parameter body: adds it to what it is handed.
  func addGradient(_ body: (UnsafeMutablePointer<Scalar>) -> Void) {
    guard isActive else { return body(parameter.gradient) }
    let gradient = maskedGradient.zeroed(parameter.count)
    body(gradient)
    let mask = mask.take(parameter.count)
    context.pointwise(parameter.count) { start, count in
      context.kernels.multiplyAdd(
        1, count, gradient + start, mask + start, parameter.gradient + start)
    }
  }
}
