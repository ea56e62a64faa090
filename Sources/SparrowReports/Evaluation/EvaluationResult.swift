public import Sparrow

/// The result of `sparrow evaluate`, which `sparrow report` reads: the network, its size, its cost
/// per frame and its scores. In JSON all of them are in one object.
public struct EvaluationResult<Scores: Sendable & Codable>: Sendable, Codable {
  /// The network's name, title, family and label.
  public var network: EvaluatedNetwork
  /// Parameters and bytes.
  public var size: NetworkSize
  /// Operations per frame.
  public var cost: FrameCost
  /// The scores of the task.
  public var scores: Scores

  /// A result of its parts.
  public init(network: EvaluatedNetwork, size: NetworkSize, cost: FrameCost, scores: Scores) {
    self.network = network
    self.size = size
    self.cost = cost
    self.scores = scores
  }

  /// Reads all parts from one object.
  public init(from decoder: any Decoder) throws {
    network = try EvaluatedNetwork(from: decoder)
    size = try NetworkSize(from: decoder)
    cost = try FrameCost(from: decoder)
    scores = try Scores(from: decoder)
  }

  /// Writes all parts into one object.
  public func encode(to encoder: any Encoder) throws {
    try network.encode(to: encoder)
    try size.encode(to: encoder)
    try cost.encode(to: encoder)
    try scores.encode(to: encoder)
  }
}

/// A network as evaluations and studies name it.
public struct EvaluatedNetwork: Sendable, Hashable, Codable {
  /// The model file's path, or the name of an embedded model.
  public var model: String
  /// The title in the model's information; nil if it has none.
  public var title: String?
  /// The family: networks of one family differ in size.
  public var family: String
  /// The size, which labels a point of the family.
  public var label: String

  /// Names a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - model: The model file's path, or the name of an embedded model.
  ///   - size: The network's size.
  ///   - family: nil for "sparse" if at least 1 % of the weights of matrices are zero, and for
  ///     "dense" otherwise. In half precision a few weights of a dense network are zero by
  ///     rounding.
  ///   - label: nil for the width of the recurrent layers: "k = 0.5" for denoisers in the
  ///     proportions of Pierro et al. (2025), of 192 k values and 128 k states, and "H = 96" for
  ///     others.
  public init(
    _ network: Network, model: String, size: NetworkSize, family: String? = nil,
    label: String? = nil
  ) {
    self.model = model
    title = network.information["title"]
    self.family = family ?? (size.sparsity >= 0.01 ? "sparse" : "dense")
    self.label = label ?? Self.label(network, size)
  }

  private static func label(_ network: Network, _ size: NetworkSize) -> String {
    guard let width = size.width else { return "\(size.parameters) parameters" }
    let states = Set(
      network.layers.flattened(inputWidth: network.inputWidth).compactMap {
        ($0.layer.rule as? LinearRecurrenceLayer)?.states
      })
    guard network.spectralFrontEnd != nil, states.count == 1, 3 * states.first! == 2 * width
    else {
      return "H = \(width)"
    }
    let k = Double(width) / 192
    return "k = " + (k == k.rounded() ? "\(Int(k))" : "\((1000 * k).rounded() / 1000)")
  }
}
