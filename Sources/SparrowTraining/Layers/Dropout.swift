import Sparrow

/// In training, y = x ⊙ mask / (1 - rate), the mask being drawn once for a clip and held over time
/// ("locked" dropout, Gal and Ghahramani 2016); otherwise y = x. What comes in stays as it is, for
/// the layer that made it may need it again.
final class Dropout<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  let rate: Double
  /// Tells this layer's masks from those of others.
  private let place: UInt64
  private let mask = Buffer<Scalar>()
  private let y = Buffer<Scalar>()
  private var isActive = false

  init(_ context: TrainingContext<Scalar>, rate: Double, place: UInt64) {
    self.context = context
    self.rate = rate
    self.place = place
  }

  var parameters: [Parameter<Scalar>] { [] }

  @_specialize(where Scalar == Float)
  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    isActive = pass.isTraining && rate > 0
    guard isActive else { return x }
    let count = x.clips * x.width
    let mask = mask.take(count)
    var random = RandomNumbers(seed: pass.seed, stream: place)
    for i in 0..<count { mask[i] = random.uniform() < rate ? 0 : Scalar(1 / (1 - rate)) }
    let y = x.with(y.take(x.count), width: x.width)
    apply(to: x, into: y)
    return y
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    if isActive { apply(to: dy, into: dy) }
    return dy
  }

  private func apply(to x: Activations<Scalar>, into y: Activations<Scalar>) {
    let columns = x.clips * x.width
    let mask = mask.take(columns)
    context.workers.forEachBlock(of: x.steps, grain: 64) { block, _ in
      let start = block.lowerBound * columns
      context.kernels.affine(block.count, columns, x.values + start, mask, nil, y.values + start)
    }
  }
}
