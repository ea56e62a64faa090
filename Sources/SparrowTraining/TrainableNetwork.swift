public import Sparrow

/// A network in the form that it is trained in: the layers of a ``Network``, with gradients.
public final class TrainableNetwork<Scalar: TrainingScalar> {
  public let context: TrainingContext<Scalar>
  /// What is being trained; its parameters are the ones that training began with.
  private let template: Network
  private let layers: LayerSequence<Scalar>
  public let parameters: [Parameter<Scalar>]

  /// - Parameters:
  ///   - network: where training begins.
  ///   - dropout: the share that is dropped after each activation and gate within residual branches.
  /// - Throws: where a layer cannot be trained.
  public init(
    _ network: Network, dropout: Double = 0, context: TrainingContext<Scalar>
  ) throws(TrainingError) {
    self.context = context
    template = network
    var builder = Builder(network: network, context: context, dropout: dropout)
    layers = LayerSequence(
      try builder.build(
        network.layers.placed(inputWidth: network.inputWidth, path: ""), isInBranch: false))
    parameters = layers.parameters
  }

  /// - Parameter x: rows of the network's input width.
  public func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    layers.forward(x, pass)
  }

  /// Adds to the parameters' gradients.
  ///
  /// - Parameter dy: the loss's gradient by the output of the last pass; it may be changed.
  /// - Returns: the gradient by the input.
  @discardableResult
  public func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    layers.backward(dy)
  }

  public func clearGradients() {
    for parameter in parameters { parameter.gradient.update(repeating: 0, count: parameter.count) }
  }

  /// The network as it is now.
  public var network: Network {
    get throws(NetworkError) { try network { $0.tensor() } }
  }

  /// The network with the running mean of each parameter over the steps of training; pruned parameters
  /// are what their pruner made of theirs.
  public var averagedNetwork: Network {
    get throws(NetworkError) {
      try network { $0.tensor(of: $0.denseCopy == nil ? $0.average : $0.value) }
    }
  }

  private func network(
    _ tensor: (Parameter<Scalar>) -> Tensor
  ) throws(NetworkError) -> Network {
    try Network(
      inputWidth: template.inputWidth, layers: template.layers,
      parameters: Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, tensor($0)) }),
      frontEnd: template.frontEnd, information: template.information)
  }
}

private struct Builder<Scalar: TrainingScalar> {
  let network: Network
  let context: TrainingContext<Scalar>
  let dropout: Double
  private var dropouts: UInt64 = 0

  init(network: Network, context: TrainingContext<Scalar>, dropout: Double) {
    self.network = network
    self.context = context
    self.dropout = dropout
  }

  mutating func build(
    _ places: [(layer: Layer, path: String, width: Int)], isInBranch: Bool
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    var layers: [any TrainableLayer<Scalar>] = []
    for (layer, path, width) in places {
      switch layer {
      case .dense:
        let parameters = parameters(of: layer, width, path)
        layers.append(Dense(context, weight: parameters[0], bias: parameters[1]))
      case .normalization:
        layers.append(Normalization(context, parameters(of: layer, width, path)))
      case .linearRecurrence(let recurrence):
        layers.append(
          try LinearRecurrence(context, recurrence, parameters(of: layer, width, path)))
      case .activation(let function):
        layers.append(try Activation(context, function))
        appendDropout(to: &layers, isInBranch)
      case .gate:
        let parameters = parameters(of: layer, width, path)
        layers.append(Gate(context, weight: parameters[0], bias: parameters[1]))
        appendDropout(to: &layers, isInBranch)
      case .residual(let inner):
        let branch = try build(
          inner.placed(inputWidth: width, path: path), isInBranch: true)
        layers.append(Residual(context, branch))
      }
    }
    return layers
  }

  private mutating func appendDropout(
    to layers: inout [any TrainableLayer<Scalar>], _ isInBranch: Bool
  ) {
    guard dropout > 0, isInBranch else { return }
    dropouts += 1
    layers.append(Dropout(context, rate: dropout, place: dropouts))
  }

  private func parameters(
    of layer: Layer, _ width: Int, _ path: String
  ) -> [Parameter<Scalar>] {
    layer.parameters(inputWidth: width, path: path).map { Parameter($0, network[$0.name]) }
  }
}
