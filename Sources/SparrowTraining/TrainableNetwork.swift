public import Sparrow

/// A network in the form that it is trained in: the layers of a `Network`, with gradients.
public final class TrainableNetwork<Scalar: TrainingScalar> {
  /// Kernels and threads of all layers.
  public let context: TrainingContext<Scalar>
  /// The network with its initial parameters.
  private let template: Network
  private let layers: LayerSequence<Scalar>
  /// All parameters, with their gradients.
  public let parameters: [Parameter<Scalar>]
  /// How large activations become, at each place where they are rounded.
  let ranges: [ActivationRange]
  /// The layers that carry a state from pass to pass.
  let statefulLayers: [any StatefulLayer<Scalar>]

  /// - Parameters:
  ///   - network: where training begins. That of a language model is trained with indices of words
  ///     for an input, one a row.
  ///   - dropout: the share that is dropped after each activation and gate within residual
  ///     branches.
  ///   - recurrentDropout: what is dropped about recurrent cells.
  ///   - quantization: how activations are rounded; nil for not at all. Weights are rounded between
  ///     steps, by a ``Trainer``.
  ///   - context: kernels and threads of all layers.
  /// - Throws: where a layer cannot be trained.
  public init(
    _ network: Network, dropout: Double = 0, recurrentDropout: RecurrentDropout = .init(),
    quantization: QuantizationAwareOptions? = nil, context: TrainingContext<Scalar>
  ) throws(TrainingError) {
    self.context = context
    template = network
    var builder = TrainableBuilder(
      network: network, context: context, dropout: dropout, recurrentDropout: recurrentDropout,
      quantization: quantization)
    var layers: [any TrainableLayer<Scalar>] = []
    if let rounding = builder.makeRounding("input") { layers.append(rounding) }
    builder.appendDropout(recurrentDropout.input, to: &layers)
    layers += try builder.build(
      network.layers.placed(inputWidth: network.inputWidth, path: ""), isInBranch: false)
    parameters = layers.flatMap { $0.parameters }
    if network.languageFrontEnd != nil {
      let name = LanguageFrontEnd.embeddingName(of: network.layers)
      guard let weight = parameters.first(where: { $0.name == name }) else {
        preconditionFailure("a language model has its embedding")
      }
      layers.insert(Embedding(weight, dropout: recurrentDropout.words), at: 0)
    }
    self.layers = LayerSequence(layers)
    ranges = builder.ranges
    statefulLayers = builder.statefulLayers
  }

  /// - Parameters:
  ///   - x: rows of the network's input width, or of one index.
  ///   - pass: whether it trains, the seed of what is dropped, whether states go on.
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

  /// Sets all gradients to zero.
  public func clearGradients() {
    for parameter in parameters {
      context.pointwise(parameter.count) { start, count in
        (parameter.gradient + start).update(repeating: 0, count: count)
      }
    }
  }

  /// The network as it is now.
  public var network: Network {
    get throws(NetworkError) { try network { $0.tensor() } }
  }

  /// The network with the running mean of each parameter over the steps of training; parameters
  /// that are pruned or rounded are what was made of theirs.
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
