public import Sparrow

/// A network in the form that it is trained in: the layers of a ``Network``, with gradients.
public final class TrainableNetwork<Scalar: TrainingScalar> {
  public let context: TrainingContext<Scalar>
  /// What is being trained; its parameters are the ones that training began with.
  private let template: Network
  private let layers: LayerSequence<Scalar>
  public let parameters: [Parameter<Scalar>]
  /// How large activations become, at each place where they are rounded.
  let ranges: [ActivationRange]
  /// The recurrent cells, which carry a state from pass to pass.
  let cells: [Recurrent<Scalar>]

  /// - Parameters:
  ///   - network: where training begins. That of a language model is trained with indices of words for an
  ///     input, one a row.
  ///   - dropout: the share that is dropped after each activation and gate within residual branches.
  ///   - recurrentDropout: what is dropped about recurrent cells.
  ///   - quantization: how activations are rounded; nil for not at all. Weights are rounded between steps,
  ///     by a ``Trainer``.
  /// - Throws: where a layer cannot be trained.
  public init(
    _ network: Network, dropout: Double = 0, recurrentDropout: RecurrentDropout = .init(),
    quantization: QuantizationAwareOptions? = nil, context: TrainingContext<Scalar>
  ) throws(TrainingError) {
    self.context = context
    template = network
    var builder = Builder(
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
    cells = builder.cells
  }

  /// - Parameter x: rows of the network's input width, or of one index.
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

  /// The network with the running mean of each parameter over the steps of training; parameters that are
  /// pruned or rounded are what was made of theirs.
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
  let recurrentDropout: RecurrentDropout
  let quantization: QuantizationAwareOptions?
  private var dropouts: UInt64 = 0
  /// Those of the roundings that were made.
  private(set) var ranges: [ActivationRange] = []
  private(set) var cells: [Recurrent<Scalar>] = []

  init(
    network: Network, context: TrainingContext<Scalar>, dropout: Double,
    recurrentDropout: RecurrentDropout, quantization: QuantizationAwareOptions?
  ) {
    self.network = network
    self.context = context
    self.dropout = dropout
    self.recurrentDropout = recurrentDropout
    self.quantization = quantization
  }

  /// A layer that rounds the values with that name; nil without quantisation.
  mutating func makeRounding(_ name: String) -> FakeQuantization<Scalar>? {
    guard let quantization else { return nil }
    let range = ActivationRange(name: name)
    ranges.append(range)
    return FakeQuantization(context, bits: quantization.activationBits, range: range)
  }

  mutating func build(
    _ places: [(layer: Layer, path: String, width: Int)], isInBranch: Bool
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    var layers: [any TrainableLayer<Scalar>] = []
    for (index, (layer, path, width)) in places.enumerated() {
      switch layer {
      case .dense:
        let parameters = parameters(of: layer, width, path)
        layers.append(Dense(context, weight: parameters[0], bias: parameters[1]))
      case .normalization:
        guard quantization == nil else {
          throw .unsupported(
            "quantisation-aware training through a normalisation (\(path)); fold it first")
        }
        layers.append(Normalization(context, parameters(of: layer, width, path)))
      case .linearRecurrence(let recurrence):
        layers.append(
          try LinearRecurrence(
            context, recurrence, parameters(of: layer, width, path),
            rounding: makeRounding("\(path).state")))
      case .activation(let function):
        layers.append(try Activation(context, function))
      case .gate:
        let parameters = parameters(of: layer, width, path)
        layers.append(Gate(context, weight: parameters[0], bias: parameters[1]))
      case .recurrent(let recurrent):
        guard quantization == nil else {
          throw .unsupported("quantisation-aware training of a recurrent cell (\(path))")
        }
        let cell = Recurrent(
          context, recurrent, parameters(of: layer, width, path),
          weightDropout: recurrentDropout.recurrentWeights, place: cells.count)
        cells.append(cell)
        layers.append(cell)
        let isLast = cells.count == network.layers.cellCount
        appendDropout(
          isLast ? recurrentDropout.output : recurrentDropout.between, to: &layers)
      case .residual(let inner):
        let branch = try build(
          inner.placed(inputWidth: width, path: path), isInBranch: true)
        layers.append(Residual(context, branch))
      }
      let before = index > 0 ? places[index - 1].layer : nil
      let after = index + 1 < places.count ? places[index + 1].layer : nil
      if isRounded(layer, after: before, before: after), let rounding = makeRounding(path) {
        layers.append(rounding)
      }
      appendDropout(after: layer, to: &layers, isInBranch)
    }
    return layers
  }

  /// Whether an integer network rounds what the layer gives. A dense layer comes with the activation after
  /// it, and a sum with the rectifier after it; other rectifiers get what is rounded, and leave it so.
  private func isRounded(_ layer: Layer, after previous: Layer?, before next: Layer?) -> Bool {
    switch (layer, previous, next) {
    case (.dense, _, .activation), (.residual, _, .activation(.relu)): false
    case (.activation(.relu), .dense, _), (.activation(.relu), .residual, _): true
    case (.activation(.relu), _, _): false
    default: true
    }
  }

  private mutating func appendDropout(
    after layer: Layer, to layers: inout [any TrainableLayer<Scalar>], _ isInBranch: Bool
  ) {
    guard isInBranch else { return }
    switch layer {
    case .activation, .gate: appendDropout(dropout, to: &layers)
    case .dense, .normalization, .linearRecurrence, .recurrent, .residual: break
    }
  }

  mutating func appendDropout(
    _ rate: Double, to layers: inout [any TrainableLayer<Scalar>]
  ) {
    guard rate > 0 else { return }
    dropouts += 1
    layers.append(Dropout(context, rate: rate, place: dropouts))
  }

  private func parameters(
    of layer: Layer, _ width: Int, _ path: String
  ) -> [Parameter<Scalar>] {
    layer.parameters(inputWidth: width, path: path).map { Parameter($0, network[$0.name]) }
  }
}

extension [Layer] {
  /// Recurrent cells among the layers and those within them.
  fileprivate var cellCount: Int {
    reduce(0) { count, layer in
      switch layer {
      case .recurrent: count + 1
      case .residual(let inner): count + inner.cellCount
      default: count
      }
    }
  }
}
