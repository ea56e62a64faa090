import Sparrow

/// y = f(x), each value on its own.
final class Activation<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  let function: ActivationFunction
  private let y = Buffer<Scalar>()
  private var x: Activations<Scalar>?

  /// - Throws: where the function cannot be trained through.
  init(_ context: TrainingContext<Scalar>, _ function: ActivationFunction) throws(TrainingError) {
    guard function == .relu || function == .gelu else {
      throw .unsupported("training through the activation \"\(function.rawValue)\"")
    }
    self.context = context
    self.function = function
  }

  var parameters: [Parameter<Scalar>] { [] }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    self.x = x
    let y = x.with(y.take(x.count), width: x.width)
    let kernel = function == .relu ? context.kernels.relu : context.kernels.gelu
    context.pointwise(x.count) { start, count in
      kernel(count, x.values + start, y.values + start)
    }
    return y
  }

  /// ReLU's slope is the same by its input as by its output.
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let x else { preconditionFailure("backward before forward") }
    let kernel =
      function == .relu ? context.kernels.reluBackward : context.kernels.geluBackward
    context.pointwise(x.count) { start, count in
      kernel(count, x.values + start, dy.values + start, dy.values + start)
    }
    return dy
  }
}

extension ActivationFunction: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    [try Activation(builder.context, self)]
  }

  var dropsOut: Bool { true }
}
