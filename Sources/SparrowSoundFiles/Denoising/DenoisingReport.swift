package import Sparrow
import SparrowFiles

/// What denoising a signal took, and what came out. In JSON, the names are these in snake case.
public struct DenoisingReport: Sendable, Encodable {
  /// Where the signal came from and where it went.
  public var input: String
  public var output: String
  /// Of sound, and of computing.
  public var seconds: Double
  public var elapsedSeconds: Double
  /// Computing divided by sound: below 1 is faster than real time.
  public var realTimeFactor: Double
  public var channels: Int
  /// Frames that the network took, over all channels.
  public var frames: Int
  /// A frame's step of the network.
  public var stepUsMedian: Double
  public var stepUsP99: Double
  /// Means over all frames; see `MatrixCount`.
  public var effectiveMacsPerFrame: Double
  public var denseMacsPerFrame: Double
  /// From a sound's entering to its leaving, without the time of computing.
  public var algorithmicLatencyMs: Double
  /// Samples that the output's format could not hold, and moved to its ends.
  public var clippedSamples: Int
  /// Against the reference, where one was given: of the input and of the output, in dB, the mean over
  /// channels.
  public var siSnrInDb: Double?
  public var siSnrOutDb: Double?
  /// Why the input was decoded in part only, where it is truncated or damaged.
  public var damage: String?
  /// What else people should know, in words: tags that the output's format cannot hold, for one.
  public var notes: [String] = []

  package init(
    input: String, output: String, frontEnd: SpectralFrontEnd, seconds: Double,
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
    stepUsMedian = times.quantile(0.5)
    stepUsP99 = times.quantile(0.99)
    let perFrame = 1 / Double(max(frames, 1))
    effectiveMacsPerFrame = Double(total.effectiveMACs) * perFrame
    denseMacsPerFrame = Double(total.denseMACs) * perFrame
    algorithmicLatencyMs = 1000 * frontEnd.latency
    clippedSamples = 0
  }
}
