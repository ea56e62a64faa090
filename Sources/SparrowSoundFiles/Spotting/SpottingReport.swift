import Sparrow
import SparrowFiles

/// Measurements of spotting keywords in one signal: the report of `sparrow spot --json`.
public struct SpottingReport: Sendable, Encodable {
  /// The file that was read.
  public var input: String
  /// The duration of the sound, in seconds.
  public var seconds: Double
  /// The time that spotting took, in seconds.
  public var elapsedSeconds: Double
  /// ``elapsedSeconds`` divided by ``seconds``: below 1 is faster than real time.
  public var realTimeFactor: Double
  /// Frames through the network.
  public var frames: Int
  /// Median time of the network's step, in microseconds.
  public var medianStepTime: Double
  /// 99th percentile of the time of the network's step, in microseconds.
  public var stepTimeP99: Double
  /// Multiply-accumulates per frame with non-zero weight and activation; see `MatrixCount`.
  public var effectiveMACsPerFrame: Double
  /// Multiply-accumulates per frame if no zero were skipped.
  public var denseMACsPerFrame: Double
  /// Why only a part of a truncated or damaged input was decoded; nil for an intact one.
  public var damage: String?
  /// Whether mixed channels nearly cancel each other.
  public var channelsCancel = false
  /// Warnings.
  public var notes: [String] = []

  private enum CodingKeys: String, CodingKey {
    case input, seconds, elapsedSeconds, realTimeFactor, frames
    case medianStepTime = "stepUsMedian"
    case stepTimeP99 = "stepUsP99"
    case effectiveMACsPerFrame = "effectiveMacsPerFrame"
    case denseMACsPerFrame = "denseMacsPerFrame"
    case damage, channelsCancel, notes
  }

  package init(input: String, seconds: Double, elapsed: Duration, channel: ChannelSpotter) {
    self.input = input
    self.seconds = seconds
    elapsedSeconds = elapsed.seconds
    realTimeFactor = seconds > 0 ? elapsedSeconds / seconds : 0
    frames = channel.times.count
    medianStepTime = channel.times.quantile(0.5)
    stepTimeP99 = channel.times.quantile(0.99)
    let total = channel.count.total
    let perFrame = 1 / Double(max(frames, 1))
    effectiveMACsPerFrame = Double(total.effectiveMACs) * perFrame
    denseMACsPerFrame = Double(total.denseMACs) * perFrame
  }
}
