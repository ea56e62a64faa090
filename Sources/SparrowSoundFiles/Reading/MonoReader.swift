import SparrowFiles

/// A sound in blocks of one channel at a network's rate.
struct MonoReader: ~Copyable {
  private var reader: SoundReader
  private var resampler: Resampler?
  private var mix: ChannelMix
  private let name: String
  private var block: [[Float]] = []
  private var slow: [[Float]] = [[]]
  private var isAtEnd = false
  private(set) var frames = 0

  /// - Parameters:
  ///   - source: The sound.
  ///   - sampleRate: The network's rate.
  ///   - channel: The channel to use, from 1; nil for the mean of all.
  ///   - strict: Whether a truncated or damaged file is an error.
  /// - Throws: `SoundFileError` or `ResamplingError`; `FileError` if there is no such channel.
  init(_ source: SoundSource, sampleRate: Int, channel: Int?, strict: Bool) throws {
    let reader = try source.open(networkRate: sampleRate, strict: strict)
    if let channel, !(1...reader.channelCount).contains(channel) {
      throw FileError(
        path: source.name,
        reason: "it has \(reader.channelCount) channel(s), and no channel \(channel)")
    }
    let resampler =
      reader.sampleRate == sampleRate
      ? nil : try Resampler(from: reader.sampleRate, to: sampleRate, channelCount: 1)
    self.init(reader, resampler, name: source.name, channel: channel)
  }

  private init(
    _ reader: consuming SoundReader, _ resampler: consuming Resampler?, name: String, channel: Int?
  ) {
    self.reader = reader
    self.resampler = resampler
    self.name = name
    mix = ChannelMix(channel: channel)
  }

  /// The next samples, as soon as some are there; nil after the last.
  mutating func read() throws -> [Float]? {
    guard !isAtEnd else { return nil }
    let count = try reader.readAvailable(upTo: reader.blockLength, into: &block)
    frames += count
    isAtEnd = count == 0
    if isAtEnd && resampler == nil { return nil }
    slow[0].removeAll(keepingCapacity: true)
    if isAtEnd {
      resampler?.flush(into: &slow)
      return slow[0]
    }
    let mono = mix.mixed(block)
    guard resampler != nil else { return mono }
    resampler?.process([mono], into: &slow)
    return slow[0]
  }

  /// The duration of what was read, in seconds.
  var seconds: Double { Double(frames) / Double(reader.sampleRate) }
  /// Why only a part could be decoded; nil for an intact sound.
  var damage: String? { reader.damage?.description }
  /// Whether mixed channels nearly cancel each other.
  var channelsCancel: Bool { mix.cancels }

  /// Warnings.
  var notes: [String] {
    var notes: [String] = []
    if mix.cancels {
      notes.append(
        "\(name.readable): its channels cancel each other, as where one is inverted; "
          + "--channel 1 listens to the first alone")
    }
    if let note = reader.leftOverNote { notes.append(note) }
    return notes
  }
}
