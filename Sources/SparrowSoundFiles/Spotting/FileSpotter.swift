public import Sparrow

/// Hears words in sound files, block by block, in memory that does not grow with their length.
public struct FileSpotter: Sendable {
  private let plan: Plan
  private let frontEnd: KeywordFrontEnd
  private let threshold: Float?
  private let denoiser: (plan: Plan, frontEnd: SpectralFrontEnd)?

  /// - Parameters:
  ///   - threshold: in place of the front end's.
  ///   - denoiser: cleans the sound first; it has the spotter's sample rate.
  public init(
    _ plan: Plan, frontEnd: KeywordFrontEnd, threshold: Float? = nil,
    denoiser: (plan: Plan, frontEnd: SpectralFrontEnd)? = nil
  ) {
    precondition(denoiser == nil || denoiser!.frontEnd.sampleRate == frontEnd.sampleRate)
    self.plan = plan
    self.frontEnd = frontEnd
    self.threshold = threshold
    self.denoiser = denoiser
  }

  package func makeChannel() -> ChannelSpotter {
    ChannelSpotter(
      plan, frontEnd: frontEnd, threshold: threshold,
      denoiser: denoiser.map { ChannelDenoiser($0.plan, frontEnd: $0.frontEnd) })
  }

  /// Sound at another rate than the network's is resampled; channels are mixed.
  ///
  /// - Parameter heard: told of every word, in order.
  /// - Throws: `SoundFileError` or `ResamplingError`.
  public func spot(
    _ path: String, heard: (SpottedWord) -> Void
  ) throws -> SpottingReport {
    let start = ContinuousClock.now
    var reader = try SoundReader(path: path)
    var resampler = try Resampler(
      from: reader.sampleRate, to: frontEnd.sampleRate, channelCount: 1)
    let resamples = reader.sampleRate != frontEnd.sampleRate
    let channel = makeChannel()
    let blockLength = max(1024, reader.sampleRate / 2)
    var block: [[Float]] = []
    var slow: [[Float]] = [[]]
    var frames = 0
    while true {
      let count = try reader.read(upTo: blockLength, into: &block)
      if count == 0 { break }
      frames += count
      let mono = Self.mixed(block)
      guard resamples else {
        channel.process(mono, heard: heard)
        continue
      }
      slow[0].removeAll(keepingCapacity: true)
      resampler.process([mono], into: &slow)
      channel.process(slow[0], heard: heard)
    }
    if resamples {
      slow[0].removeAll(keepingCapacity: true)
      resampler.flush(into: &slow)
      channel.process(slow[0], heard: heard)
    }
    channel.finish(heard: heard)
    return SpottingReport(
      input: path, seconds: Double(frames) / Double(reader.sampleRate),
      elapsed: ContinuousClock.now - start, channel: channel)
  }

  private static func mixed(_ block: [[Float]]) -> [Float] {
    guard block.count > 1 else { return block[0] }
    let share = 1 / Float(block.count)
    return block[0].indices.map { i in block.reduce(0) { $0 + $1[i] } * share }
  }
}
