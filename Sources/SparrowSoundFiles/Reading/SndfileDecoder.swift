import CSndfile

/// A decoder of files that libsndfile reads: WAV, FLAC, AIFF and many more; of Ogg files, one link
/// of the chain.
final class SndfileDecoder: SoundDecoder {
  let sampleRate: Int
  let channelCount: Int
  let frameCount: Int?
  let sampleFormat: SampleFormat
  let mayHoldNonFinite: Bool
  let information: SoundInformation
  let isWAV: Bool
  private(set) var damage: SoundDamage?

  private let handle: OpaquePointer
  // Kept for `handle`, which reads through it.
  private let range: FileRange
  private let promisesFrames: Bool
  private var position = 0

  /// - Throws: libsndfile's words, where it does not read what is in the range.
  init(_ range: FileRange) throws(SndfileRefusal) {
    var info = SF_INFO()
    var calls = FileRange.calls
    let context = Unmanaged.passUnretained(range).toOpaque()
    guard let handle = sf_open_virtual(&calls, Int32(SFM_READ), &info, context) else {
      throw SndfileRefusal()
    }
    self.handle = handle
    self.range = range
    sampleRate = Int(info.samplerate)
    channelCount = Int(info.channels)
    // libsndfile says "unknown" with the largest count.
    frameCount = info.frames == sf_count_t.max || info.frames < 0 ? nil : Int(info.frames)
    sampleFormat = SampleFormat(storing: info.format)
    mayHoldNonFinite = sampleFormat == .float32
    let container = Int(info.format) & SF_FORMAT_TYPEMASK
    isWAV = container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX
    // Ogg files tell their length by their last page, so a difference there is no sign of damage.
    promisesFrames = container != SF_FORMAT_OGG
    information = SoundInformation(of: handle, channelCount: Int(info.channels))
  }

  deinit { sf_close(handle) }

  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int {
    let count = Int(sf_readf_float(handle, buffer, sf_count_t(limit)))
    position += count
    if count < limit {
      if promisesFrames, let frameCount, position < frameCount {
        damage = SoundDamage(reason: "the file ends early", frameCount: frameCount)
      } else if sf_error(handle) != 0 {
        damage = SoundDamage(reason: "its bytes make no sense", frameCount: frameCount)
      } else if let missing = range.missingBytes {
        damage = SoundDamage(reason: "the file is \(missing) bytes shorter than it says")
      }
    }
    return count
  }
}

/// Why libsndfile did not open a file, in its words.
struct SndfileRefusal: Error {
  let reason: String

  init() {
    var reason = String(cString: sf_strerror(nil))
    while reason.last == "." || reason.last == "\n" { reason.removeLast() }
    self.reason = reason
  }
}

extension SoundInformation {
  fileprivate init(of handle: OpaquePointer, channelCount: Int) {
    for tag in Tag.allCases {
      if let text = sf_get_string(handle, tag.rawValue), text.pointee != 0 {
        tags[tag] = String(cString: text)
      }
    }
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<SF_BROADCAST_INFO>.size)
    if sf_command(handle, Int32(SFC_GET_BROADCAST_INFO), &bytes, Int32(bytes.count)) != 0 {
      broadcast = bytes
    }
    var map = [Int32](repeating: 0, count: channelCount)
    if sf_command(handle, Int32(SFC_GET_CHANNEL_MAP_INFO), &map, Int32(4 * map.count)) != 0,
      !map.contains(Int32(SF_CHANNEL_MAP_INVALID))
    {
      channelMap = map
    }
  }
}

extension FileRange {
  /// libsndfile's way to a range; the last argument of each call is the `FileRange`.
  fileprivate static var calls: SF_VIRTUAL_IO {
    SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(FileRange.from($0).length) },
      seek: { offset, origin, context in
        sf_count_t(FileRange.from(context).seek(to: Int(offset), from: origin))
      },
      read: { bytes, count, context in
        guard let bytes else { return 0 }
        return sf_count_t(FileRange.from(context).read(into: bytes, count: Int(count)))
      },
      write: { _, _, _ in 0 },
      tell: { sf_count_t(FileRange.from($0).position) })
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> FileRange {
    Unmanaged<FileRange>.fromOpaque(context!).takeUnretainedValue()
  }
}
