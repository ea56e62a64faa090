import Sparrow

/// How a network is trained for fixed point: by fake quantisation with a straight-through estimator
/// (Jacob et al. 2018). Every pass runs with weights and activations rounded to the numbers that an
/// integer network has, while the optimiser goes on moving weights in full precision, and gradients pass
/// roundings as if they were not there.
///
/// Matrices are rounded after they are pruned. Biases and the rest of a linear recurrence, with the state
/// that it carries from step to step, have 32 bits in an integer network and are not rounded.
public struct QuantizationAwareOptions: Sendable, Codable, Equatable {
  /// Bits of a matrix's weights, 2 to 8.
  public var weightBits: Int
  /// Bits of what matrices multiply, 4 to 16.
  public var activationBits: Int
  /// Whether each row of a matrix has a format of its own; otherwise a matrix has one.
  public var perChannel: Bool

  public init(weightBits: Int = 8, activationBits: Int = 16, perChannel: Bool = true) {
    self.weightBits = weightBits
    self.activationBits = activationBits
    self.perChannel = perChannel
  }

  /// What is left out is as by default.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    self.init()
    weightBits = try values.decodeIfPresent(Int.self, forKey: .weightBits) ?? weightBits
    activationBits =
      try values.decodeIfPresent(Int.self, forKey: .activationBits) ?? activationBits
    perChannel = try values.decodeIfPresent(Bool.self, forKey: .perChannel) ?? perChannel
  }

  package func validate() throws(TrainingError) {
    guard (2...8).contains(weightBits) else {
      throw .recipe("quantization: weights of \(weightBits) bits; expected 2 to 8")
    }
    guard (4...16).contains(activationBits) else {
      throw .recipe("quantization: activations of \(activationBits) bits; expected 4 to 16")
    }
  }
}
