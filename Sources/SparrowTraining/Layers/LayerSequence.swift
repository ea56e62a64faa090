/// Layers one after the other.
struct LayerSequence<Scalar: TrainingScalar> {
  private let layers: [any TrainableLayer<Scalar>]

  init(_ layers: [any TrainableLayer<Scalar>]) { self.layers = layers }

  var parameters: [Parameter<Scalar>] { layers.flatMap { $0.parameters } }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    layers.reduce(x) { $1.forward($0, pass) }
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    layers.reversed().reduce(dy) { $1.backward($0) }
  }
}
