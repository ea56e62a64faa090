import CSndfile
import SparrowFiles

/// Writes a WAV or FLAC file block by block; the file appears under its name when it is whole.
///
/// Until ``finish()`` returns, the samples are in a hidden file in the same folder; a writer that
/// goes away unfinished removes it and leaves whatever was at `path` as it was.
public struct SoundWriter: ~Copyable {
  /// Where the file is to be, as given.
  public let path: String
  /// Samples a frame.
  public let channelCount: Int
  /// How the file stores a sample.
  public let sampleFormat: SampleFormat
  /// Frames written so far.
  public private(set) var frameCount = 0
  /// Samples that were outside [-1, 1] and were moved to its ends, over all channels. Always 0 for
  /// ``SampleFormat/float32``.
  public private(set) var clippedSampleCount = 0

  /// Tags and other information that was left out, because the format cannot hold it: in
  /// words, for people.
  public let omissions: [String]

  private let file: PartialFile
  private let byteLimit: Int
  private var handle: OpaquePointer?
  private var integers: [Int32] = []
  private var floats: [Float] = []

  /// Starts a file.
  ///
  /// - Parameters:
  ///   - path: where the file is to be; ends in `.wav`, `.wave` or `.flac`, in any case.
  ///   - sampleRate: frames a second.
  ///   - channelCount: samples a frame; FLAC holds at most 8.
  ///   - sampleFormat: how to store a sample. FLAC stores 24-bit integers for
  ///     ``SampleFormat/float32``.
  ///   - information: tags and the like, of which the file gets what its format can hold.
  ///   - length: the number of frames to come. A WAV file that is to have more than 4 GiB, or whose
  ///     length is not known, becomes RF64 if it needs to.
  /// - Throws: ``SoundFileError`` if the name says no format, the format cannot hold such sound, or
  ///   the folder is missing or not writable.
  public init(
    path: String, sampleRate: Int, channelCount: Int, sampleFormat: SampleFormat = .pcm16,
    information: SoundInformation = SoundInformation(), length: SoundLength = .frames(0)
  ) throws(SoundFileError) {
    guard var container = Container(path: path) else { throw .unknownExtension(path: path) }
    let stored = container == .flac && sampleFormat == .float32 ? .pcm24 : sampleFormat
    if container == .wav {
      if length.bytes(aFrame: channelCount * stored.byteCount) > Container.wavBytes {
        container = .rf64
      } else if !information.hasUsualChannels {
        container = .wavex
      }
    }

    var info = SF_INFO()
    info.samplerate = Int32(clamping: sampleRate)
    info.channels = Int32(clamping: channelCount)
    info.format = container.format(storing: stored)
    guard sampleRate > 0, channelCount > 0, sf_format_check(&info) != 0 else {
      throw .unsupportedLayout(path: path, sampleRate: sampleRate, channelCount: channelCount)
    }

    let file: PartialFile
    do throws(FileError) { file = try PartialFile(path: path) } catch { throw .init(error) }
    var calls = PartialFile.calls
    let context = Unmanaged.passUnretained(file).toOpaque()
    guard let handle = sf_open_virtual(&calls, Int32(SFM_WRITE), &info, context) else {
      try Self.check(file)
      throw .unsupportedLayout(path: path, sampleRate: sampleRate, channelCount: channelCount)
    }
    // The chunk holds the time of writing: without it, the same samples make the same bytes.
    sf_command(handle, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
    if container == .rf64 {
      sf_command(handle, Int32(SFC_RF64_AUTO_DOWNGRADE), nil, Int32(SF_TRUE))
    }
    omissions = information.write(to: handle)

    self.path = path
    self.channelCount = channelCount
    self.sampleFormat = stored
    self.file = file
    self.handle = handle
    byteLimit = [.wav, .wavex].contains(container) ? Container.wavBytes : Int.max
  }

  deinit {
    // Before `file` goes away, which libsndfile still writes to.
    if let handle { sf_close(handle) }
  }

  /// Writes a block of frames: `channelCount` arrays of the same length.
  ///
  /// Integer formats move samples outside [-1, 1] to its ends and count them.
  ///
  /// - Throws: ``SoundFileError/notFinite(path:channel:frame:)`` at a NaN or an infinity, of which
  ///   nothing is written; ``SoundFileError/diskFull(path:)``,
  ///   ``SoundFileError/unwritable(path:reason:)`` or ``SoundFileError/tooLong(path:)``.
  public mutating func write(_ block: [[Float]]) throws(SoundFileError) {
    precondition(block.count == channelCount, "a block has the writer's channels")
    let count = block[0].count
    precondition(block.allSatisfy { $0.count == count }, "channels of one length")
    guard count > 0 else { return }
    for (channel, samples) in block.enumerated() {
      if let index = samples.firstNonFinite(amongFirst: count) {
        throw .notFinite(path: path, channel: channel, frame: frameCount + index)
      }
    }
    if frameCount + count > byteLimit / (channelCount * sampleFormat.byteCount) {
      throw .tooLong(path: path)
    }

    let written: sf_count_t
    if sampleFormat == .float32 {
      interleave(block, count)
      written = sf_writef_float(handle, floats, sf_count_t(count))
    } else {
      quantize(block, count)
      written = sf_writef_int(handle, integers, sf_count_t(count))
    }
    try Self.check(file)
    if written != count { throw .unwritable(path: path, reason: "libsndfile wrote too little") }
    frameCount += count
  }

  /// Completes the file and puts it in its place, over whatever was there.
  ///
  /// - Throws: ``SoundFileError/diskFull(path:)`` or ``SoundFileError/unwritable(path:reason:)``;
  ///   then nothing was put there.
  public consuming func finish() throws(SoundFileError) {
    // Without a sample, libsndfile writes the header of a FLAC file only when told to.
    if frameCount == 0 { sf_command(handle, Int32(SFC_UPDATE_HEADER_NOW), nil, 0) }
    let closing = sf_close(handle)
    handle = nil
    try Self.check(file)
    if closing != 0 {
      throw .unwritable(path: path, reason: String(cString: sf_error_number(closing)))
    }
    do throws(FileError) { try file.commit() } catch { throw .init(error) }
  }

  private static func check(_ file: PartialFile) throws(SoundFileError) {
    do throws(FileError) { try file.check() } catch { throw .init(error) }
  }

  private mutating func interleave(_ block: [[Float]], _ count: Int) {
    if floats.count < count * channelCount {
      floats = [Float](repeating: 0, count: count * channelCount)
    }
    for (channel, samples) in block.enumerated() {
      for frame in 0..<count { floats[frame * channelCount + channel] = samples[frame] }
    }
  }

  /// Fills `integers` with the block's samples, in the upper bits as libsndfile wants them.
  ///
  /// libsndfile's own conversion multiplies by 32767 where its reading divides by 32768, so a copy
  /// of a file would differ from it.
  private mutating func quantize(_ block: [[Float]], _ count: Int) {
    if integers.count < count * channelCount {
      integers = [Int32](repeating: 0, count: count * channelCount)
    }
    let (format, channels) = (sampleFormat, channelCount)
    let shift = Int32(32 - format.byteCount * 8)
    for (channel, samples) in block.enumerated() {
      var clipped: Int32 = 0
      samples.withUnsafeBufferPointer { samples in
        integers.withUnsafeMutableBufferPointer { integers in
          for frame in 0..<count {
            let sample = samples[frame]
            clipped &+= sample.magnitude > 1 ? 1 : 0
            integers[frame &* channels &+ channel] = format.integer(sample) &<< shift
          }
        }
      }
      clippedSampleCount += Int(clipped)
    }
  }
}

/// How long a sound is going to be.
public enum SoundLength: Sendable {
  /// So many frames, or about.
  case frames(Int)
  /// That turns out at its end.
  case unknown

  func bytes(aFrame bytes: Int) -> Int {
    switch self {
    case .frames(let count): count > Int.max / max(bytes, 1) ? .max : count * bytes
    case .unknown: .max
    }
  }
}

/// The kinds of file that are written.
private enum Container {
  case wav, wavex, rf64, flac

  /// Bytes of samples that a WAV file has room for, besides its header and a last padding byte.
  static let wavBytes = Int(UInt32.max) - 65_536

  init?(path: String) {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[dot...].lowercased() {
    case ".wav", ".wave": self = .wav
    case ".flac": self = .flac
    default: return nil
    }
  }

  func format(storing samples: SampleFormat) -> Int32 {
    let container =
      switch self {
      case .wav: SF_FORMAT_WAV
      case .wavex: SF_FORMAT_WAVEX
      case .rf64: SF_FORMAT_RF64
      case .flac: SF_FORMAT_FLAC
      }
    return switch samples {
    case .pcm16: Int32(container | SF_FORMAT_PCM_16)
    case .pcm24: Int32(container | SF_FORMAT_PCM_24)
    case .float32: Int32(container | SF_FORMAT_FLOAT)
    }
  }
}

extension PartialFile {
  /// libsndfile's way to a file of one's own; the last argument of each call is the `PartialFile`.
  fileprivate static var calls: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(PartialFile.from($0).length) },
      seek: { sf_count_t(PartialFile.from($2).seek(to: Int($0), from: $1)) },
      read: { bytes, count, context in
        guard let bytes else { return 0 }
        return sf_count_t(PartialFile.from(context).read(into: bytes, count: Int(count)))
      },
      write: { bytes, count, context in
        guard let bytes else { return 0 }
        return sf_count_t(PartialFile.from(context).write(bytes, count: Int(count)))
      },
      tell: { sf_count_t(PartialFile.from($0).seek(to: 0, from: 1)) })
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> PartialFile {
    Unmanaged<PartialFile>.fromOpaque(context!).takeUnretainedValue()
  }
}
