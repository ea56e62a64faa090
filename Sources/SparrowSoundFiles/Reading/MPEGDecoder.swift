import CMpg123

/// MPEG audio of layers I, II and III, by libmpg123.
///
/// libsndfile, which reads MP3 too, believes an estimate of the length from the first frame's bit
/// rate, and leaves out the rest; here the length is what is found in the whole file.
final class MPEGDecoder: SoundDecoder {
  let sampleRate: Int
  let channelCount: Int
  let frameCount: Int?
  let sampleFormat = SampleFormat.pcm16
  let mayHoldNonFinite = true
  let information: SoundInformation
  private(set) var damage: SoundDamage?

  private let handle: OpaquePointer
  private let file: OpenFile
  private var isAtEnd = false

  /// - Returns: nil where libmpg123 finds no sound.
  init?(_ file: OpenFile) {
    // Other versions than Debian's want it once for a process; more do no harm.
    guard mpg123_init() == MPG123_OK.rawValue, let handle = mpg123_new(nil, nil) else { return nil }
    let flags = MPG123_QUIET.rawValue | MPG123_GAPLESS.rawValue | MPG123_FORCE_FLOAT.rawValue
    var rate = 0
    var channels: Int32 = 0
    var encoding: Int32 = 0
    guard
      sparrow_mpg123_set(handle, Int32(MPG123_ADD_FLAGS.rawValue), Int(flags))
        == MPG123_OK.rawValue,
      // Rubbish of any length between frames is passed over.
      sparrow_mpg123_set(handle, Int32(MPG123_RESYNC_LIMIT.rawValue), -1) == MPG123_OK.rawValue,
      mpg123_open_fd(handle, file.descriptor) == MPG123_OK.rawValue,
      mpg123_getformat(handle, &rate, &channels, &encoding) == MPG123_OK.rawValue,
      encoding == MPG123_ENC_FLOAT_32.rawValue, rate > 0, channels > 0,
      // Where the stream goes from mono to stereo or back, libmpg123 keeps what it began with.
      mpg123_format_none(handle) == MPG123_OK.rawValue,
      mpg123_format(handle, rate, channels, encoding) == MPG123_OK.rawValue,
      mpg123_scan(handle) == MPG123_OK.rawValue
    else {
      mpg123_delete(handle)
      return nil
    }
    self.handle = handle
    self.file = file
    sampleRate = rate
    channelCount = Int(channels)
    let length = Int(mpg123_length(handle))
    frameCount = length > 0 ? length : nil
    information = SoundInformation(id3Of: handle)
  }

  deinit {
    mpg123_close(handle)
    mpg123_delete(handle)
  }

  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int {
    let frameBytes = 4 * channelCount
    var done = 0
    while done < limit && !isAtEnd {
      var count = 0
      let code = mpg123_read(
        handle, buffer + done * channelCount, (limit - done) * frameBytes, &count)
      done += count / frameBytes
      switch mpg123_errors(rawValue: code) {
      case MPG123_OK, MPG123_NEW_FORMAT: continue
      case MPG123_DONE:
        isAtEnd = true
        damage = cut
      default:
        isAtEnd = true
        let reason = String(cString: mpg123_strerror(handle))
        damage = SoundDamage(reason: "libmpg123 says \"\(reason)\"")
      }
    }
    return done
  }

  /// Whether the file ends before its own count of frames, or in the middle of one.
  private var cut: SoundDamage? {
    let start = Self.firstFrame(in: file)
    if let first = MPEGHeader(file.bytes(start..<start + 4)[...]) {
      let frame = file.bytes(start..<start + min(first.byteCount, 256))
      let found = Int(mpg123_framelength(handle))
      if let promised = MPEGHeader.promisedFrames(in: frame), found < promised {
        return SoundDamage(
          reason: "it has \(found) of the \(promised) MPEG frames that it promises")
      }
    }
    let last = Int(mpg123_framepos(handle))
    guard last >= 0, let header = MPEGHeader(file.bytes(last..<last + 4)[...]) else { return nil }
    for offset in [last, last + header.byteCount] {
      if let frame = MPEGHeader(file.bytes(offset..<offset + 4)[...]), frame.kind == header.kind,
        offset + frame.byteCount > file.length
      {
        return SoundDamage(reason: "the file ends in the middle of an MPEG frame")
      }
    }
    return nil
  }

  /// Where the first frame begins, behind an ID3v2 tag.
  private static func firstFrame(in file: OpenFile) -> Int {
    let head = file.bytes(0..<10)
    var start = 0
    if head.count == 10, head.starts(with: "ID3".utf8) {
      start = 10 + head[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
    }
    return start + (MPEGHeader.firstFrame(in: file.bytes(start..<start + 8192)) ?? 0)
  }
}

extension SoundInformation {
  fileprivate init(id3Of handle: OpaquePointer) {
    var first: UnsafeMutablePointer<mpg123_id3v1>?
    var second: UnsafeMutablePointer<mpg123_id3v2>?
    guard mpg123_id3(handle, &first, &second) == MPG123_OK.rawValue, let id3 = second?.pointee
    else { return }
    func add(_ text: UnsafeMutablePointer<mpg123_string>?, as tag: Tag) {
      guard let text = text?.pointee, text.fill > 1, let bytes = text.p else { return }
      tags[tag] = String(cString: bytes)
    }
    add(id3.title, as: .title)
    add(id3.artist, as: .artist)
    add(id3.album, as: .album)
    add(id3.year, as: .date)
    add(id3.comment, as: .comment)
    add(id3.genre, as: .genre)
    for index in 0..<id3.texts {
      let text = id3.text[index]
      guard text.text.fill > 1, let bytes = text.text.p else { continue }
      switch [text.id.0, text.id.1, text.id.2, text.id.3].map({ UInt8(bitPattern: $0) }) {
      case Array("TRCK".utf8): tags[.trackNumber] = String(cString: bytes)
      case Array("TCOP".utf8): tags[.copyright] = String(cString: bytes)
      default: break
      }
    }
  }
}
