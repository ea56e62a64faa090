import Sparrow
import SparrowFiles

/// Measurements of spotting keywords in a sound, or of transcribing it: the report of
/// `sparrow spot --json` and `sparrow transcribe --json`.
public struct RecognitionReport: Sendable, Encodable {
  /// The file that was read.
  public var input: String
  /// The duration of the sound, in seconds.
  public var seconds: Double
  /// The time that it took, in seconds.
  public var elapsedSeconds: Double
  /// ``elapsedSeconds`` divided by ``seconds``: below 1 is faster than real time.
  public var realTimeFactor: Double
  /// Steps of the network, each of one frame.
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

  init(
    input: String, reader: borrowing MonoReader, elapsed: Duration, times: StepTimes,
    count: OperationCount
  ) {
    self.input = input
    seconds = reader.seconds
    elapsedSeconds = elapsed.seconds
    realTimeFactor = seconds > 0 ? elapsedSeconds / seconds : 0
    frames = times.count
    medianStepTime = times.quantile(0.5)
    stepTimeP99 = times.quantile(0.99)
    let perFrame = 1 / Double(max(frames, 1))
    effectiveMACsPerFrame = Double(count.total.effectiveMACs) * perFrame
    denseMACsPerFrame = Double(count.total.denseMACs) * perFrame
    damage = reader.damage
    channelsCancel = reader.channelsCancel
    notes = reader.notes
  }
}
