public import SparrowAudio

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
  ) throws -> RecognitionReport {
    try spot(.file(path), channel: channel, strict: strict, heard: heard)
  }

  /// The same for a pipe.
  package func spot(
    _ source: SoundSource, channel: Int? = nil, strict: Bool = false, heard: (SpottedWord) -> Void
  ) throws -> RecognitionReport {
    let start = ContinuousClock.now
    var reader = try MonoReader(
      source, sampleRate: sampleRate, channel: channel, strict: strict)
    let spotter = try ChannelSpotter(
      plan, threshold: threshold, denoiser: try denoiser.map { try ChannelDenoiser($0) })
    while let block = try reader.read() { spotter.process(block, heard: heard) }
    spotter.finish(heard: heard)
    return RecognitionReport(
      input: source.name, reader: reader, elapsed: ContinuousClock.now - start,
      times: spotter.times, count: spotter.count)
  }
}
