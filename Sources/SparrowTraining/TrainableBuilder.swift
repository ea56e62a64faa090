import Sparrow

/// How a kind of layer is trained: a conformance beside the layer's passes, for a rule of
/// `Sparrow/Layers`. Layers whose rule has none cannot be trained.
protocol TrainableRule: LayerRule {
  /// The layer over whole sequences, with what follows it by the run's options.
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>]
  /// Sets the layer's parameters to values that training can begin with.
  func initialize(_ place: LayerPlace, _ initializer: inout Initializer)
  /// Whether dropout within residual branches comes after the layer.
  var dropsOut: Bool { get }
  /// Whether the layer rounds what it gives, where activations are rounded.
  var roundsItself: Bool { get }
}

extension TrainableRule {
  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {}
  var dropsOut: Bool { false }
  var roundsItself: Bool { false }
}

/// Builds a trainable network layer by layer.
struct TrainableBuilder<Scalar: TrainingScalar> {
  let network: Network
  let context: TrainingContext<Scalar>
  let dropout: Double
  let recurrentDropout: RecurrentDropout
  let quantization: QuantizationAwareOptions?
  private var dropouts: UInt64 = 0
  /// Those of the roundings that were made.
  private(set) var ranges: [ActivationRange] = []
  var statefulLayers: [any StatefulLayer<Scalar>] = []
  /// Recurrent cells that have been built.
  var cells = 0

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

  /// What rounds the values that a recurrent cell gives; nil without quantisation.
  mutating func makeCellRounding(_ name: String, isBounded: Bool) -> CellRounding<Scalar>? {
    guard let quantization else { return nil }
    let range = ActivationRange(name: name)
    ranges.append(range)
    return CellRounding(bits: quantization.activationBits, range: range, isBounded: isBounded)
  }

  mutating func build(
    _ places: [LayerPlace], isInBranch: Bool
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    var layers: [any TrainableLayer<Scalar>] = []
    for (index, place) in places.enumerated() {
      guard let rule = place.layer.rule as? any TrainableRule else {
        throw .unsupported("training a layer of the kind \(place.layer.rule.title) (\(place.path))")
      }
      layers += try rule.makeTrainable(place, &self)
      let before = index > 0 ? places[index - 1].layer : nil
      let after = index + 1 < places.count ? places[index + 1].layer : nil
      if !rule.roundsItself, isRounded(place.layer, after: before, before: after),
        let rounding = makeRounding(place.path)
      {
        layers.append(rounding)
      }
      if isInBranch && rule.dropsOut { appendDropout(dropout, to: &layers) }
    }
    return layers
  }

  /// Whether an integer network rounds what the layer gives. A layer that fuses the activation
  /// after it is rounded with that; other rectifiers get values that are rounded, and leave them
  /// so.
  private func isRounded(_ layer: Layer, after previous: Layer?, before next: Layer?) -> Bool {
    if case .activation(let function)? = next, layer.rule.fuses(function) { return false }
    guard layer == .activation(.relu) else { return true }
    return previous?.rule.fuses(.relu) ?? false
  }

  mutating func appendDropout(
    _ rate: Double, to layers: inout [any TrainableLayer<Scalar>]
  ) {
    guard rate > 0 else { return }
    dropouts += 1
    layers.append(Dropout(context, rate: rate, place: dropouts))
  }

  /// The layer's parameters, at the values that training begins with.
  func parameters(of place: LayerPlace) -> [Parameter<Scalar>] {
    place.layer.parameters(inputWidth: place.width, path: place.path)
      .map { Parameter($0, network[$0.name]) }
  }

  /// - Throws: where activations are to be rounded and the layer has no form for that.
  func requireSinglePrecision(_ what: String) throws(TrainingError) {
    guard quantization == nil else { throw .unsupported(what) }
  }

  /// Recurrent cells of the whole network.
  var cellCount: Int {
    network.layers.flattened(inputWidth: network.inputWidth).reduce(0) {
      $0 + ($1.layer.rule is RecurrentLayer ? 1 : 0)
    }
  }
}
