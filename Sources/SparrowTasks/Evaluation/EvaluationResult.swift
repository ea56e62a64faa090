public import Sparrow

/// What `sparrow evaluate` says of a network, and `sparrow report` reads: which one it is, how large, what
/// a frame costs, and how well it does. In JSON one object of all of them, with names in snake case.
public struct EvaluationResult<Scores: Sendable & Codable>: Sendable, Codable {
  public var network: EvaluatedNetwork
  public var size: NetworkSize
  public var cost: FrameCost
  public var scores: Scores

  public init(network: EvaluatedNetwork, size: NetworkSize, cost: FrameCost, scores: Scores) {
    self.network = network
    self.size = size
    self.cost = cost
    self.scores = scores
  }

  public init(from decoder: any Decoder) throws {
    network = try EvaluatedNetwork(from: decoder)
    size = try NetworkSize(from: decoder)
    cost = try FrameCost(from: decoder)
    scores = try Scores(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    try network.encode(to: encoder)
    try size.encode(to: encoder)
    try cost.encode(to: encoder)
    try scores.encode(to: encoder)
  }
}

/// Which network it is, and where it stands among others.
public struct EvaluatedNetwork: Sendable, Hashable, Codable {
  /// What people call it: the file's path, or what is embedded.
  public var model: String
  /// What its makers call it.
  public var title: String?
  /// What it is compared as: networks of one family differ in size.
  public var family: String
  /// Its size, as a point of the family is labelled.
  public var label: String

  /// - Parameters:
  ///   - family: nil for "sparse" where at least 1 % of the weights of matrices are zero, and "dense"
  ///     elsewhere. In half precision a few weights of a dense network are zero by rounding.
  ///   - label: nil for the width of the recurrent layers: "k = 0.5" for denoisers in the proportions of
  ///     Pierro et al. (2025), of 192 k values and 128 k states, and "H = 96" for others.
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
