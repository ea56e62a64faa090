/// A layer as a network describes it: what it computes and how wide it is. Its parameters are in
/// the network, under names that begin with the layer's path.
public indirect enum Layer: Sendable, Hashable {
  /// y = W x + b.
  case dense(DenseLayer)
  /// (x − mean) / √(variance + 1e-5) by stored statistics, scaled and shifted.
  case normalization
  /// (x − the frame's mean) / √(the frame's variance + ε), scaled and shifted.
  case layerNormalization(LayerNormalizationLayer)
  /// A causal convolution in time.
  case convolution(ConvolutionLayer)
  /// A diagonal linear recurrence: S5.
  case linearRecurrence(LinearRecurrenceLayer)
  /// A recurrent cell: RNN, LSTM, GRU or event-based GRU.
  case recurrent(RecurrentLayer)
  /// A function of each value.
  case activation(ActivationFunction)
  /// x ⊙ sigmoid(W x + b).
  case gate
  /// x + f(x), f being the layers in order.
  case residual([Layer])

  /// Everything that is particular to the layer's kind. The only switch over kinds of layers: what
  /// walks a network asks the rule.
  package var rule: any LayerRule {
    switch self {
    case .dense(let rule): rule
    case .normalization: NormalizationLayer()
    case .layerNormalization(let rule): rule
    case .convolution(let rule): rule
    case .linearRecurrence(let rule): rule
    case .recurrent(let rule): rule
    case .activation(let rule): rule
    case .gate: GateLayer()
    case .residual(let layers): ResidualLayer(layers: layers)
    }
  }

  /// The rules of all kinds, which read layers from JSON.
  static let rules: [any LayerRule.Type] = [
    DenseLayer.self,
    NormalizationLayer.self,
    LayerNormalizationLayer.self,
    ConvolutionLayer.self,
    LinearRecurrenceLayer.self,
    RecurrentLayer.self,
    ActivationFunction.self,
    GateLayer.self,
    ResidualLayer.self,
  ]

  /// Width of the layer's output for an input of `width` values.
  public func outputWidth(for width: Int) -> Int { rule.outputWidth(for: width) }

  /// The layer's parameters, in a stable order, with names below `path`.
  public func parameters(inputWidth width: Int, path: String) -> [ParameterDescription] {
    rule.parameters(inputWidth: width, path: path)
  }
}

/// A layer, its path in the network and the width of its input.
package typealias LayerPlace = (layer: Layer, path: String, width: Int)

extension [Layer] {
  /// Paths of the layers and their input widths: "layers.0", "layers.1", ... below `path`.
  public func placed(inputWidth: Int, path: String) -> [(layer: Layer, path: String, width: Int)] {
    var width = inputWidth
    return enumerated().map { index, layer in
      defer { width = layer.outputWidth(for: width) }
      return (layer, Self.path(of: index, below: path), width)
    }
  }

  /// The path of a layer by its index among those below `path`.
  static func path(of index: Int, below path: String) -> String {
    path.isEmpty ? "layers.\(index)" : "\(path).layers.\(index)"
  }

  func outputWidth(for width: Int) -> Int {
    reduce(width) { $1.outputWidth(for: $0) }
  }

  func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    placed(inputWidth: inputWidth, path: path).flatMap {
      $0.layer.parameters(inputWidth: $0.width, path: $0.path)
    }
  }

  func validate(inputWidth: Int, path: String) throws(NetworkError) -> Int {
    for place in placed(inputWidth: inputWidth, path: path) {
      try place.layer.rule.validate(inputWidth: place.width, path: place.path)
    }
    return outputWidth(for: inputWidth)
  }

  /// The layers with those of residual branches, each branch after the layer that it belongs to.
  package func flattened(inputWidth: Int, path: String = "") -> [LayerPlace] {
    placed(inputWidth: inputWidth, path: path).flatMap { place in
      [place]
        + place.layer.rule.branch.flattened(inputWidth: place.width, path: place.path)
    }
  }
}

/// Sizes beyond which a description is taken for a mistake.
enum Limits {
  static let width = 1 << 16
  static let layers = 1 << 10
  /// In single precision a gigabyte: what an image of a plan has room for in any format.
  static let parameters = 1 << 28

  static func check(_ size: Int, _ what: String) throws(NetworkError) {
    guard (1...width).contains(size) else {
      throw .invalid("\(what) is \(size); expected 1 to \(width)")
    }
  }
}
