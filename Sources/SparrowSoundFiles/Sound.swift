/// A whole sound in memory. For long files, use ``SoundReader`` and ``SoundWriter``.
public struct Sound: Equatable, Sendable {
  /// Frames a second.
  public var sampleRate: Int
  /// Samples by channel and frame; full scale is [-1, 1]. At least one channel, all of one length.
  public var channels: [[Float]]

  /// Frames in the sound.
  public var frameCount: Int { channels[0].count }

  /// Seconds that the sound lasts.
  public var duration: Double { Double(frameCount) / Double(sampleRate) }

  /// Makes a sound of at least one channel, all of one length.
  public init(sampleRate: Int, channels: [[Float]]) {
    precondition(sampleRate > 0, "a positive sample rate")
    precondition(!channels.isEmpty, "at least one channel")
    precondition(channels.allSatisfy { $0.count == channels[0].count }, "channels of one length")
    self.sampleRate = sampleRate
    self.channels = channels
  }

  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - path: A sound file.
  ///   - strict: Whether a truncated or damaged file is an error; otherwise it is decoded as far as
  ///     possible.
  /// - Throws: ``SoundFileError``, as ``SoundReader`` does.
  public init(contentsOf path: String, strict: Bool = true) throws(SoundFileError) {
    var reader = try SoundReader(path: path, strict: strict)
    var channels = [[Float]](repeating: [], count: reader.channelCount)
    var block: [[Float]] = []
    // Grown by what is there, since a header may promise any length.
    while try reader.read(upTo: 65_536, into: &block) > 0 {
      for channel in channels.indices { channels[channel] += block[channel] }
    }
    self.init(sampleRate: reader.sampleRate, channels: channels)
  }

  /// Writes a WAV or FLAC file, by the name's ending.
  ///
  /// - Returns: the number of samples outside [-1, 1] that were clipped.
  /// - Throws: ``SoundFileError``, as ``SoundWriter`` does; then there is no file.
  @discardableResult
  public func write(
    to path: String, as sampleFormat: SampleFormat = .pcm16
  ) throws(SoundFileError) -> Int {
    var writer = try SoundWriter(
      path: path, sampleRate: sampleRate, channelCount: channels.count, sampleFormat: sampleFormat)
    try writer.write(channels)
    let clipped = writer.clippedSampleCount
    try writer.finish()
    return clipped
  }

  /// The mean of the channels.
  public func mono() -> Sound {
    guard channels.count > 1 else { return self }
    var mean = channels[0]
    for channel in channels.dropFirst() {
      for frame in mean.indices { mean[frame] += channel[frame] }
    }
    let scale = 1 / Float(channels.count)
    for frame in mean.indices { mean[frame] *= scale }
    return Sound(sampleRate: sampleRate, channels: [mean])
  }

  /// The sound at another rate: round(frameCount · rate / sampleRate) frames, aligned with these.
  ///
  /// - Throws: ``ResamplingError`` if `rate` is not within a factor of 256 of the sound's.
  public func resampled(to rate: Int) throws(ResamplingError) -> Sound {
    if rate == sampleRate { return self }
    var resampler = try Resampler(from: sampleRate, to: rate, channelCount: channels.count)
    var output = [[Float]](repeating: [], count: channels.count)
    resampler.process(channels, into: &output)
    resampler.flush(into: &output)
    return Sound(sampleRate: rate, channels: output)
  }
}
