import Sparrow
import SparrowTraining

/// The batches of a text: parallel sequences, each a part of the text, which advance by one chunk
/// per step (truncated backpropagation through time).
public struct LanguageBatch: Sendable, Codable, Equatable {
  /// The number of parallel sequences: the batch size.
  public var sequences: Int
  /// The words of a chunk.
  public var steps: Int
  /// Whether the length of chunks varies, so that their boundaries differ between epochs (Merity et
  /// al. 2018): normally distributed with a standard deviation of 5, at least 5, around ``steps``
  /// or, with a probability of 5 %, around half of it. The learning rate is scaled by the length.
  public var variesSteps: Bool

  /// Batches of a text.
  public init(sequences: Int, steps: Int, variesSteps: Bool = true) {
    self.sequences = sequences
    self.steps = steps
    self.variesSteps = variesSteps
  }

  /// Reads an object; `variesSteps` is true if missing, unknown keys are refused.
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

  /// The maximum length of a chunk.
  var longest: Int { variesSteps ? steps + 20 : steps }

  /// The lengths of the chunks of an epoch over sequences of `length` words.
  func chunks(of length: Int, _ random: inout RandomNumbers) -> [Int] {
    var chunks: [Int] = []
    var left = length
    while left > 0 {
      var chunk = steps
      if variesSteps {
        let base = Double(random.uniform() < 0.95 ? steps : max(1, steps / 2))
        chunk = min(max(5, Int(base + 5 * random.normal())), longest)
      }
      // A rest that is too short for a chunk is added to the one before it.
      if left - chunk < min(5, steps), left <= longest { chunk = left }
      chunks.append(min(chunk, left))
      left -= chunks.last!
    }
    return chunks
  }
}
