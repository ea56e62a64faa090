public import SparrowAudio
import SparrowFiles

/// Spots words in sound files, block by block, in constant memory.
public struct FileSpotter: Sendable {
  private let plan: Plan
  private let sampleRate: Int
  private let threshold: Float?
  private let denoiser: Plan?

  /// A spotter for files.
  ///
  /// - Parameters:
  ///   - plan: The plan of the network.
  ///   - threshold: The smoothed probability of a detection; nil for the front end's.
  ///   - denoiser: The plan of a denoiser before the spotter, with its sample rate; nil for none.
  /// - Throws: `FrontEndError` for plans of other networks.
  public init(
    _ plan: Plan, threshold: Float? = nil, denoiser: Plan? = nil
  ) throws(FrontEndError) {
    sampleRate = try Spotter(plan).sampleRate
    if let denoiser {
      let rate = try ShortTimeTransform(of: denoiser).sampleRate
      precondition(rate == sampleRate, "a denoiser has the spotter's sample rate")
    }
    self.plan = plan
    self.threshold = threshold
    self.denoiser = denoiser
  }

  /// Spots words in a file. Sound of another rate is resampled; channels are mixed.
  ///
  /// A truncated or damaged file is decoded as far as possible, and the report says so.
  ///
  /// - Parameters:
  ///   - path: A sound file.
  ///   - channel: The channel to use, from 1; nil for the mean of all.
  ///   - strict: Whether a truncated or damaged file is an error.
  ///   - heard: Called with every detection, in order.
  /// - Throws: `SoundFileError` or `ResamplingError`; `FileError` if there is no such channel.
  public func spot(
    _ path: String, channel: Int? = nil, strict: Bool = false, heard: (SpottedWord) -> Void
  ) throws -> SpottingReport {
    try spot(.file(path), channel: channel, strict: strict, heard: heard)
  }

  /// The same for a pipe.
  package func spot(
    _ source: SoundSource, channel: Int? = nil, strict: Bool = false, heard: (SpottedWord) -> Void
  ) throws -> SpottingReport {
    let start = ContinuousClock.now
    var reader = try source.open(networkRate: sampleRate, strict: strict)
    if let channel, !(1...reader.channelCount).contains(channel) {
      throw FileError(
        path: source.name,
        reason: "it has \(reader.channelCount) channel(s), and no channel \(channel)")
    }
    var resampler = try Resampler(
      from: reader.sampleRate, to: sampleRate, channelCount: 1)
    let resamples = reader.sampleRate != sampleRate
    let spotter = try ChannelSpotter(
      plan, threshold: threshold, denoiser: try denoiser.map { try ChannelDenoiser($0) })
    let blockLength = reader.blockLength
    var block: [[Float]] = []
    var slow: [[Float]] = [[]]
    var frames = 0
    var mix = ChannelMix(channel: channel)
    while true {
      let count = try reader.readAvailable(upTo: blockLength, into: &block)
      if count == 0 { break }
      frames += count
      let mono = mix.mixed(block)
      guard resamples else {
        spotter.process(mono, heard: heard)
        continue
      }
      slow[0].removeAll(keepingCapacity: true)
      resampler.process([mono], into: &slow)
      spotter.process(slow[0], heard: heard)
    }
    if resamples {
      slow[0].removeAll(keepingCapacity: true)
      resampler.flush(into: &slow)
      spotter.process(slow[0], heard: heard)
    }
    spotter.finish(heard: heard)
    var report = SpottingReport(
      input: source.name, seconds: Double(frames) / Double(reader.sampleRate),
      elapsed: ContinuousClock.now - start, channel: spotter)
    report.damage = reader.damage?.description
    report.channelsCancel = mix.cancels
    if mix.cancels {
      report.notes.append(
        "\(source.name.readable): its channels cancel each other, as where one is inverted; "
          + "--channel 1 listens to the first alone")
    }
    if let note = reader.leftOverNote { report.notes.append(note) }
    return report
  }
}

/// The mean of channels, or one of them, and whether channels cancel each other.
struct ChannelMix {
  /// The channel, from 1; nil for the mean of all.
  let channel: Int?
  private var mixedPower = 0.0
  /// The expected power of the mean of uncorrelated channels.
  private var meanPower = 0.0

  init(channel: Int? = nil) { self.channel = channel }

  /// Whether the mix has less than a fiftieth of the power that unrelated channels would leave,
  /// which is one channel's mean over the number of channels.
  var cancels: Bool { meanPower > 0 && mixedPower < 0.02 * meanPower }

  mutating func mixed(_ block: [[Float]]) -> [Float] {
    if let channel { return block[channel - 1] }
    guard block.count > 1 else { return block[0] }
    let share = 1 / Float(block.count)
    let mix = block[0].indices.map { i in block.reduce(0) { $0 + $1[i] } * share }
    mixedPower += Self.power(mix)
    meanPower += block.reduce(0) { $0 + Self.power($1) } / Double(block.count * block.count)
    return mix
  }

  private static func power(_ samples: [Float]) -> Double {
    samples.reduce(0) { $0 + Double($1) * Double($1) }
  }
}
