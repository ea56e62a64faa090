import Sparrow

/// y = x + f(x), f being layers in order.
final class Residual<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  let layers: LayerSequence<Scalar>
  private let y = Buffer<Scalar>()
  private let dx = Buffer<Scalar>()

  init(_ context: TrainingContext<Scalar>, _ layers: [any TrainableLayer<Scalar>]) {
    self.context = context
    self.layers = LayerSequence(layers)
  }

  var parameters: [Parameter<Scalar>] { layers.parameters }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    let branch = layers.forward(x, pass)
    return sum(x, branch, into: y)
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    let dx = dx.take(dy.count)
    context.pointwise(dy.count) { start, count in
      (dx + start).update(from: dy.values + start, count: count)
    }
    let branch = layers.backward(dy)
    context.pointwise(dy.count) { start, count in
      context.kernels.add(count, branch.values + start, dx + start)
    }
    return dy.with(dx, width: dy.width)
  }

  private func sum(
    _ x: Activations<Scalar>, _ branch: Activations<Scalar>, into buffer: Buffer<Scalar>
  ) -> Activations<Scalar> {
    let y = x.with(buffer.take(x.count), width: x.width)
    context.pointwise(x.count) { start, count in
      (y.values + start).update(from: x.values + start, count: count)
      context.kernels.add(count, branch.values + start, y.values + start)
    }
    return y
  }
}

extension ResidualLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    let branch = try builder.build(
      layers.placed(inputWidth: place.width, path: place.path), isInBranch: true)
    return [Residual(builder.context, branch)]
  }

  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    initializer.fill(layers.placed(inputWidth: place.width, path: place.path))
  }
}
