import Sparrow

/// What networks of recurrent cells drop in training, as shares from 0 to less than 1. Masks are drawn once
/// a pass and held over time (Gal and Ghahramani 2016), those of values apart for each clip.
public struct RecurrentDropout: Sendable, Codable, Equatable {
  /// Of the words of a language model, all over the batch.
  public var words = 0.0
  /// Of the values that come into the first layer, of those between one cell and the next, and of those
  /// that leave the last cell.
  public var input = 0.0
  public var between = 0.0
  public var output = 0.0
  /// Of recurrent weights, all over the batch (DropConnect; Wan et al. 2013, Merity et al. 2018).
  public var recurrentWeights = 0.0

  public init() {}

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
      throw .recipe("run: shares of recurrentDropout are from 0 to less than 1")
    }
  }
}
