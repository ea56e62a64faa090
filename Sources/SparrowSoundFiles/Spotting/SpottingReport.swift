import Sparrow
import SparrowFiles

/// What hearing words in a signal took. In JSON, the names are these in snake case.
public struct SpottingReport: Sendable, Encodable {
  public var input: String
  /// Of sound, and of computing.
  public var seconds: Double
  public var elapsedSeconds: Double
  /// Computing divided by sound: below 1 is faster than real time.
  public var realTimeFactor: Double
  public var frames: Int
  /// A frame's step of the network.
  public var stepUsMedian: Double
  public var stepUsP99: Double
  /// Means over all frames; see `MatrixCount`.
  public var effectiveMacsPerFrame: Double
  public var denseMacsPerFrame: Double
  /// Why the input was decoded in part only, where it is truncated or damaged.
  public var damage: String?
  /// Whether the channels leave next to nothing of each other where they are mixed.
  public var channelsCancel = false
  /// What else people should know, in words.
  public var notes: [String] = []

  package init(input: String, seconds: Double, elapsed: Duration, channel: ChannelSpotter) {
    self.input = input
    self.seconds = seconds
    elapsedSeconds = elapsed.seconds
    realTimeFactor = seconds > 0 ? elapsedSeconds / seconds : 0
    frames = channel.times.count
    stepUsMedian = channel.times.quantile(0.5)
    stepUsP99 = channel.times.quantile(0.99)
    let total = channel.count.total
    let perFrame = 1 / Double(max(frames, 1))
    effectiveMacsPerFrame = Double(total.effectiveMACs) * perFrame
    denseMacsPerFrame = Double(total.denseMACs) * perFrame
  }
}
