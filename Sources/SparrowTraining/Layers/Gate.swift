import Sparrow

/// y = x ⊙ sigmoid(x Wᵀ + b). x, y: [rows, width], W: [width, width].
final class Gate<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  private let dense: Dense<Scalar>
  private let y = Buffer<Scalar>()
  private let dGate = Buffer<Scalar>()
  private var x: Activations<Scalar>?
  private var gate: Activations<Scalar>?

  init(_ context: TrainingContext<Scalar>, weight: Parameter<Scalar>, bias: Parameter<Scalar>) {
    self.context = context
    dense = Dense(context, weight: weight, bias: bias)
  }

  var parameters: [Parameter<Scalar>] { dense.parameters }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    let gate = dense.forward(x, pass)
    self.x = x
    self.gate = gate
    let y = x.with(y.take(x.count), width: x.width)
    context.pointwise(x.count) { start, count in
      context.kernels.gate(count, x.values + start, gate.values + start, y.values + start)
    }
    return y
  }

  /// dx = dy ⊙ σ + (dy ⊙ x ⊙ σ') W.
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let x, let gate else { preconditionFailure("backward before forward") }
    let dGate = x.with(dGate.take(x.count), width: x.width)
    context.pointwise(x.count) { start, count in
      context.kernels.gateBackward(
        count, x.values + start, gate.values + start, dy.values + start, dy.values + start,
        dGate.values + start)
    }
    let dx = dense.backward(dGate)
    context.pointwise(x.count) { start, count in
      context.kernels.add(count, dx.values + start, dy.values + start)
    }
    return dy
  }
}

extension GateLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    let parameters = builder.parameters(of: place)
    return [Gate(builder.context, weight: parameters[0], bias: parameters[1])]
  }

  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    initializer.setMatrices(of: place)
  }

  var dropsOut: Bool { true }
}
