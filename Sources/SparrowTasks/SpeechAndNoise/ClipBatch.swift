import Sparrow
import SparrowTraining

/// The size of a batch of sound.
public struct ClipBatch: Sendable, Codable, Equatable {
  /// The number of clips: the batch size.
  public var clips: Int
  /// The duration of each clip, in seconds.
  public var seconds: Double

  /// A size.
  public init(clips: Int, seconds: Double) {
    self.clips = clips
    self.seconds = seconds
  }

  /// Reads an object; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    clips = try values.decode(Int.self, forKey: .clips)
    seconds = try values.decode(Double.self, forKey: .seconds)
  }

  /// Frames of all clips; 0 for frames that are no sound.
  func frames(of frontEnd: FrontEnd) -> Double {
    guard let sound = frontEnd.sound else { return 0 }
    return Double(clips) * seconds * Double(sound.sampleRate) / Double(sound.hop)
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
