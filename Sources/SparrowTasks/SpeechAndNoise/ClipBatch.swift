import Sparrow
import SparrowTraining

/// How much sound a step learns from: clips, and seconds of each.
public struct ClipBatch: Sendable, Codable, Equatable {
  public var clips: Int
  public var seconds: Double

  public init(clips: Int, seconds: Double) {
    self.clips = clips
    self.seconds = seconds
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    clips = try values.decode(Int.self, forKey: .clips)
    seconds = try values.decode(Double.self, forKey: .seconds)
  }

  func validate() throws(TrainingError) {
    guard (1...1024).contains(clips) else {
      throw .recipe("batch: \(clips) clips; expected 1 to 1024")
    }
    guard seconds > 0.1, seconds < 600 else {
      throw .recipe("batch: \(seconds) seconds; expected 0.1 to 600")
    }
  }
}
