import Sparrow
import SparrowFiles

/// Measurements of denoising one signal: the `--json` output of `sparrow denoise`.
public struct DenoisingReport: Sendable, Encodable {
  /// The file that was read.
  public var input: String
  /// The file that was written.
  public var output: String
  /// The duration of the sound, in seconds.
  public var seconds: Double
  /// The time that denoising took, in seconds.
  public var elapsedSeconds: Double
  /// ``elapsedSeconds`` divided by ``seconds``: below 1 is faster than real time.
  public var realTimeFactor: Double
  /// The number of channels; each is denoised on its own.
  public var channels: Int
  /// Frames through the network, over all channels.
  public var frames: Int
  /// Median time of the network's step, in microseconds.
  public var medianStepTime: Double
  /// 99th percentile of the time of the network's step, in microseconds.
  public var stepTimeP99: Double
  /// Multiply-accumulates per frame with non-zero weight and activation; see `MatrixCount`.
  public var effectiveMACsPerFrame: Double
  /// Multiply-accumulates per frame if no zero were skipped.
  public var denseMACsPerFrame: Double
  /// Delay of the output behind the input, without the time of computing, in milliseconds.
  public var algorithmicLatency: Double
  /// Samples beyond the range of the output's format, which were clipped.
  public var clippedSamples: Int
  /// SI-SNR of the input against the reference, in dB, the mean over channels; nil without one.
  public var inputSISNR: Double?
  /// SI-SNR of the output against the reference, in dB, the mean over channels; nil without one.
  public var outputSISNR: Double?
  /// Where there is speech; nil unless it was asked for.
  public var voiceActivity: VoiceActivity?
  /// Why only a part of a truncated or damaged input was decoded; nil for an intact one.
  public var damage: String?
  /// Warnings, such as tags that the output's format cannot hold.
  public var notes: [String] = []

  private enum CodingKeys: String, CodingKey {
    case input, output, seconds, elapsedSeconds, realTimeFactor, channels, frames
    case medianStepTime = "stepUsMedian"
    case stepTimeP99 = "stepUsP99"
    case effectiveMACsPerFrame = "effectiveMacsPerFrame"
    case denseMACsPerFrame = "denseMacsPerFrame"
    case algorithmicLatency = "algorithmicLatencyMs"
    case clippedSamples
    case inputSISNR = "siSnrInDb"
    case outputSISNR = "siSnrOutDb"
    case voiceActivity, damage, notes
  }

  package init(
    input: String, output: String, latency: Double, seconds: Double,
    elapsed: Duration, channels: [ChannelDenoiser]
  ) {
    self.input = input
    self.output = output
    self.seconds = seconds
    elapsedSeconds = elapsed.seconds
    realTimeFactor = seconds > 0 ? elapsedSeconds / seconds : 0
    self.channels = channels.count
    var times = StepTimes()
    var total = MatrixCount()
    for channel in channels {
      times += channel.times
      total += channel.count.total
    }
    frames = times.count
    medianStepTime = times.quantile(0.5)
    stepTimeP99 = times.quantile(0.99)
    let perFrame = 1 / Double(max(frames, 1))
    effectiveMACsPerFrame = Double(total.effectiveMACs) * perFrame
    denseMACsPerFrame = Double(total.denseMACs) * perFrame
    algorithmicLatency = 1000 * latency
    clippedSamples = 0
  }
}
