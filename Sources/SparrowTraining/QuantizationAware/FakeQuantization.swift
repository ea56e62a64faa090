import Sparrow

/// y = x rounded to the finest fixed-point format that holds the range of training passes so far,
/// and clipped to its limit. Gradients pass unchanged, except where x was clipped.
///
/// The range includes the present training pass, so that only passes without training clip; before
/// the first training pass, y = x.
final class FakeQuantization<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  let bits: Int
  let range: ActivationRange
  private let y = Buffer<Scalar>()
  private var x: Activations<Scalar>?
  /// The format of the last pass; nil if it cannot have clipped.
  private var cutting: Rounding<Scalar>?

  init(_ context: TrainingContext<Scalar>, bits: Int, range: ActivationRange) {
    self.context = context
    self.bits = bits
    self.range = range
  }

  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    self.x = x
    cutting = nil
    if pass.isTraining { range.follow(Float(largestMagnitude(of: x))) }
    // Infinite values stay infinite, so that the loss shows them.
    guard range.largest > 0, range.largest.isFinite else { return x }
    let rounding = Rounding<Scalar>(
      Rounding.format(bits: bits, holding: Scalar(range.largest)))
    if !pass.isTraining { cutting = rounding }
    let y = x.with(y.take(x.count), width: x.width)
    context.pointwise(x.count) { start, count in
      rounding.apply(count, x.values + start, y.values + start)
    }
    return y
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let x else { preconditionFailure("backward before forward") }
    guard let cutting else { return dy }
    context.pointwise(x.count) { start, count in
      cutting.backward(count, x.values + start, dy.values + start, dy.values + start)
    }
    return dy
  }

  private func largestMagnitude(of x: Activations<Scalar>) -> Scalar {
    let grain = 1 << 16
    return context.workers.map((x.count + grain - 1) / grain) { block in
      Rounding.largestMagnitude(min(grain, x.count - block * grain), x.values + block * grain)
    }.reduce(0, max)
  }
}
