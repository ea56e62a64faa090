import Sparrow
import SparrowTraining

/// How a text is cut into batches: sequences beside each other, each a part of the text, that advance by a
/// chunk a step (truncated backpropagation through time).
public struct LanguageBatch: Sendable, Codable, Equatable {
  public var sequences: Int
  /// Words of a chunk.
  public var steps: Int
  /// Whether chunks differ in length, so that not always the same words begin one: about half as long with a
  /// probability of 5 %, normally distributed about that with a deviation of 5, at least 5; and the learning rate
  /// is scaled by the length (Merity et al. 2018).
  public var variesSteps: Bool

  public init(sequences: Int, steps: Int, variesSteps: Bool = true) {
    self.sequences = sequences
    self.steps = steps
    self.variesSteps = variesSteps
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    sequences = try values.decode(Int.self, forKey: .sequences)
    steps = try values.decode(Int.self, forKey: .steps)
    variesSteps = try values.decodeIfPresent(Bool.self, forKey: .variesSteps) ?? true
  }

  func validate() throws(TrainingError) {
    guard (1...4096).contains(sequences) else {
      throw .recipe("batch: \(sequences) sequences; expected 1 to 4096")
    }
    guard (1...4096).contains(steps) else {
      throw .recipe("batch: \(steps) steps; expected 1 to 4096")
    }
  }

  /// Longest chunk there is.
  var longest: Int { variesSteps ? steps + 20 : steps }

  /// Lengths of the chunks of a passage through sequences of `length` words.
  func chunks(of length: Int, _ random: inout RandomNumbers) -> [Int] {
    var chunks: [Int] = []
    var left = length
    while left > 0 {
      var chunk = steps
      if variesSteps {
        let base = Double(random.uniform() < 0.95 ? steps : max(1, steps / 2))
        chunk = min(max(5, Int(base + 5 * random.normal())), longest)
      }
      // What is too short to learn from goes with the chunk before it.
      if left - chunk < min(5, steps), left <= longest { chunk = left }
      chunks.append(min(chunk, left))
      left -= chunks.last!
    }
    return chunks
  }
}
