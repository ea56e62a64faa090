import Sparrow

/// Measurements of a transcription: the report of `sparrow transcribe --json`.
public struct TranscriptionReport: Sendable, Encodable {
  /// The file that was read.
  public var input: String
  /// The duration of the sound, in seconds.
  public var seconds: Double
  /// The time that it took, in seconds.
  public var elapsedSeconds: Double
  /// ``elapsedSeconds`` divided by ``seconds``: below 1 is faster than real time.
  public var realTimeFactor: Double
  /// Steps of the network.
  public var steps: Int
  /// Median time of a step of the network and the frames before it, in microseconds.
  public var medianStepTime: Double
  /// 99th percentile of that time.
  public var stepTimeP99: Double
  /// Multiply-accumulates per step with non-zero weight and activation; see `MatrixCount`.
  public var effectiveMACsPerStep: Double
  /// Multiply-accumulates per step if no zero were skipped.
  public var denseMACsPerStep: Double
  /// Why only a part of a truncated or damaged input was decoded; nil for an intact one.
  public var damage: String?
  /// Whether mixed channels nearly cancel each other.
  public var channelsCancel = false
  /// Warnings.
  public var notes: [String] = []

  private enum CodingKeys: String, CodingKey {
    case input, seconds, elapsedSeconds, realTimeFactor, steps
    case medianStepTime = "stepUsMedian"
    case stepTimeP99 = "stepUsP99"
    case effectiveMACsPerStep = "effectiveMacsPerStep"
    case denseMACsPerStep = "denseMacsPerStep"
    case damage, channelsCancel, notes
  }

  init(input: String, reader: borrowing MonoReader, elapsed: Duration, channel: ChannelTranscriber)
  {
    self.input = input
    seconds = reader.seconds
    elapsedSeconds = elapsed.seconds
    realTimeFactor = seconds > 0 ? elapsedSeconds / seconds : 0
    steps = channel.times.count
    medianStepTime = channel.times.quantile(0.5)
    stepTimeP99 = channel.times.quantile(0.99)
    let total = channel.count.total
    let perStep = 1 / Double(max(steps, 1))
    effectiveMACsPerStep = Double(total.effectiveMACs) * perStep
    denseMACsPerStep = Double(total.denseMACs) * perStep
    damage = reader.damage
    channelsCancel = reader.channelsCancel
    notes = reader.notes
  }
}
