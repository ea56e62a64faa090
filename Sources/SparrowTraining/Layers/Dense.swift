import Sparrow

/// y = x Wᵀ + b. x: [rows, inputs], W: [outputs, inputs], y: [rows, outputs].
final class Dense<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  let weight: Parameter<Scalar>
  let bias: Parameter<Scalar>
  private let inputs: Int
  private let outputs: Int
  private let y = Buffer<Scalar>()
  private let dx = Buffer<Scalar>()
  private var x: Activations<Scalar>?

  init(_ context: TrainingContext<Scalar>, weight: Parameter<Scalar>, bias: Parameter<Scalar>) {
    self.context = context
    self.weight = weight
    self.bias = bias
    outputs = weight.description.shape[0]
    inputs = weight.description.shape[1]
  }

  var parameters: [Parameter<Scalar>] { [weight, bias] }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    self.x = x
    let y = x.with(y.take(x.rows * outputs), width: outputs)
    context.multiply(
      x.rows, outputs, inputs, .plain(x.values, columns: inputs),
      .transposed(weight.value, columns: inputs), into: y.values, bias: bias.value)
    return y
  }

  /// dW += dyᵀ x, db += Σ dy, dx = dy W.
  @_specialize(where Scalar == Float)
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let x else { preconditionFailure("backward before forward") }
    context.multiply(
      outputs, inputs, x.rows, .transposed(dy.values, columns: outputs),
      .plain(x.values, columns: inputs), into: weight.gradient, accumulate: true)
    let sums = context.columnSums(dy.values, rows: dy.rows, columns: outputs)
    for i in 0..<outputs { bias.gradient[i] += Scalar(sums[i]) }
    let dx = x.with(dx.take(x.count), width: inputs)
    context.multiply(
      x.rows, inputs, outputs, .plain(dy.values, columns: outputs),
      .plain(weight.value, columns: inputs), into: dx.values)
    return dx
  }
}

extension DenseLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    let parameters = builder.parameters(of: place)
    return [Dense(builder.context, weight: parameters[0], bias: parameters[1])]
  }

  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    initializer.setMatrices(of: place)
  }
}
