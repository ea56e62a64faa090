import SparrowFiles

/// Where sound comes from.
package enum SoundSource {
  /// A file, or whatever is at this path.
  case file(String)
  /// An open descriptor: sound with a header, or raw samples.
  case descriptor(Int32, name: String, raw: RawSound)

  /// The format of samples without a header; nil for the network's.
  package struct RawSound: Sendable {
    package var sampleRate: Int?
    package var channelCount: Int?

    package init(sampleRate: Int? = nil, channelCount: Int? = nil) {
      self.sampleRate = sampleRate
      self.channelCount = channelCount
    }
  }

  package var name: String {
    switch self {
    case .file(let path): path
    case .descriptor(_, let name, _): name
    }
  }

  /// Opens it.
  ///
  /// - Throws: ``SoundFileError``; `FileError` where a header contradicts what was said of raw
  ///   samples.
  package func open(networkRate: Int, strict: Bool) throws -> SoundReader {
    switch self {
    case .file(let path): return try SoundReader(path: path, strict: strict)
    case .descriptor(let descriptor, let name, let raw):
      let layout = PCMLayout(
        sampleRate: raw.sampleRate ?? networkRate, channelCount: raw.channelCount ?? 1)
      let reader = try SoundReader(
        descriptor: descriptor, name: name, raw: layout, strict: strict)
      guard raw.sampleRate ?? reader.sampleRate == reader.sampleRate,
        raw.channelCount ?? reader.channelCount == reader.channelCount
      else {
        throw FileError(
          path: name,
          reason: "its header says \(reader.channelCount) channel(s) at \(reader.sampleRate) Hz, "
            + "other than what it was said to have")
      }
      return reader
    }
  }
}

/// Where sound goes.
package enum SoundTarget {
  /// A WAV or FLAC file, by its ending.
  case file(String)
  /// An open descriptor: raw samples where the source has such, WAV otherwise.
  case descriptor(Int32, name: String)

  package var name: String {
    switch self {
    case .file(let path): path
    case .descriptor(_, let name): name
    }
  }

  func open(for reader: borrowing SoundReader) throws(SoundFileError) -> any SoundSink {
    switch self {
    case .file(let path):
      FileSink(
        try SoundWriter(
          path: path, sampleRate: reader.sampleRate, channelCount: reader.channelCount,
          sampleFormat: reader.sampleFormat, information: reader.information,
          length: reader.frameCount.map { .frames($0) } ?? .unknown))
    case .descriptor(let descriptor, let name):
      try PCMWriter(
        descriptor: descriptor, name: name, sampleRate: reader.sampleRate,
        channelCount: reader.channelCount, format: reader.sampleFormat, header: !reader.isRaw,
        frames: reader.frameCount)
    }
  }
}

/// A destination of blocks of sound.
protocol SoundSink: AnyObject {
  /// Samples that were outside [-1, 1] and were moved to its ends.
  var clippedSampleCount: Int { get }
  /// Tags and other information that was left out.
  var omissions: [String] { get }

  func write(_ block: [[Float]]) throws(SoundFileError)
  func finish() throws(SoundFileError)
}

extension PCMWriter: SoundSink {
  var omissions: [String] { [] }
  func finish() throws(SoundFileError) {}
}

/// A ``SoundWriter`` behind a reference.
private final class FileSink: SoundSink {
  private var writer: SoundWriter?
  let omissions: [String]
  private(set) var clippedSampleCount = 0

  init(_ writer: consuming SoundWriter) {
    omissions = writer.omissions
    self.writer = consume writer
  }

  func write(_ block: [[Float]]) throws(SoundFileError) {
    try writer?.write(block)
    clippedSampleCount = writer?.clippedSampleCount ?? clippedSampleCount
  }

  func finish() throws(SoundFileError) {
    guard let writer = writer.take() else { return }
    try writer.finish()
  }
}
