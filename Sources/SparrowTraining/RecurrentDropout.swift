import Sparrow

/// Variational dropout of recurrent cells (Gal and Ghahramani 2016): probabilities from 0 to less
/// than 1. Masks are drawn once per pass and are constant over time; masks of activations differ
/// between sequences.
public struct RecurrentDropout: Sendable, Codable, Equatable {
  /// Embedding dropout: the probability that a word is dropped in the whole batch.
  public var words = 0.0
  /// Dropout of the input of the first layer.
  public var input = 0.0
  /// Dropout between one cell and the next.
  public var between = 0.0
  /// Dropout of the output of the last cell.
  public var output = 0.0
  /// DropConnect of recurrent weights, the same for the whole batch (Wan et al. 2013, Merity et al.
  /// 2018).
  public var recurrentWeights = 0.0

  /// No dropout.
  public init() {}

  /// Reads an object; missing keys are 0, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func share(_ key: CodingKeys) throws -> Double {
      try values.decodeIfPresent(Double.self, forKey: key) ?? 0
    }
    words = try share(.words)
    input = try share(.input)
    between = try share(.between)
    output = try share(.output)
    recurrentWeights = try share(.recurrentWeights)
  }

  func validate() throws(TrainingError) {
    let shares = [words, input, between, output, recurrentWeights]
    guard shares.allSatisfy({ (0..<1).contains($0) }) else {
      throw .recipe("run: probabilities of recurrentDropout are from 0 to less than 1")
    }
  }
}
