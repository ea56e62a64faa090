import Sparrow

/// Quantisation-aware training: fake quantisation with a straight-through estimator (Jacob et al.
/// 2018). Passes use weights and activations rounded to the values of a fixed-point network, while
/// the optimiser updates weights in full precision, and gradients ignore the rounding.
///
/// Matrices are rounded after pruning. Biases, other parameters of linear recurrences and their
/// states have 32 bits in a fixed-point network, and are not rounded.
public struct QuantizationAwareOptions: Sendable, Codable, Equatable {
  /// Bits of the weights of matrices, from 2 to 8.
  public var weightBits: Int
  /// Bits of the activations that matrices multiply, from 4 to 16.
  public var activationBits: Int
  /// Whether each output channel (row) of a matrix has its own exponent, or the matrix has one.
  public var perChannel: Bool

  /// Options; the defaults are W8A16 with one exponent per output channel.
  public init(weightBits: Int = 8, activationBits: Int = 16, perChannel: Bool = true) {
    self.weightBits = weightBits
    self.activationBits = activationBits
    self.perChannel = perChannel
  }

  /// Reads an object; missing keys have their defaults, unknown ones are refused.
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
