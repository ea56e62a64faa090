/// The format of a file, told by its first bytes.
enum SoundSignature: Equatable {
  /// WAV, or RF64, whose sizes have 64 bits.
  case wav
  case ogg
  /// MPEG audio of layer I, II or III.
  case mpeg
  /// Another format that libsndfile may read.
  case other
  /// A format that is known and not read: what people call it.
  case foreign(String)
  /// None of these.
  case unknown

  /// - Parameter bytes: as many of the file's first as there are, up to ``length``.
  init(_ bytes: [UInt8]) {
    func has(_ text: String, at offset: Int = 0) -> Bool {
      bytes.dropFirst(offset).starts(with: text.utf8)
    }
    func has(_ signature: [UInt8]) -> Bool { bytes.starts(with: signature) }
    if has("RIFF") || has("RF64"), has("WAVE", at: 8) {
      self = .wav
    } else if has("OggS") {
      self = .ogg
    } else if has("ID3"), bytes.count >= 10 {
      let size = bytes[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
      self = has("fLaC", at: 10 + size) ? .other : .mpeg
    } else if has("fLaC") || has("FORM") || has(".snd") || has("caff") || has("riff") || has("RIFX")
    {
      self = .other
    } else if has("ftyp", at: 4) {
      self = .foreign("MPEG-4 (m4a, mp4), with AAC or the like")
    } else if has("ADIF") || Self.isADTS(bytes) {
      self = .foreign("AAC")
    } else if has([0x1A, 0x45, 0xDF, 0xA3]) {
      self = .foreign("Matroska or WebM")
    } else if has([0x30, 0x26, 0xB2, 0x75]) {
      self = .foreign("Windows Media (WMA)")
    } else if has("#!AMR") {
      self = .foreign("AMR")
    } else if has("MAC ") {
      self = .foreign("Monkey's Audio")
    } else if has("wvpk") {
      self = .foreign("WavPack")
    } else if MPEGHeader.firstFrame(in: bytes) != nil {
      self = .mpeg
    } else {
      self = .unknown
    }
  }

  /// Bytes that tell all of these, an MPEG file that begins in the middle of a frame included.
  static let length = 16_384

  /// Two frames of AAC in a row.
  private static func isADTS(_ bytes: [UInt8]) -> Bool {
    func frame(at offset: Int) -> Int? {
      guard offset + 6 < bytes.count, bytes[offset] == 0xFF, bytes[offset + 1] & 0xF6 == 0xF0
      else { return nil }
      return Int(bytes[offset + 3] & 3) << 11 | Int(bytes[offset + 4]) << 3
        | Int(bytes[offset + 5]) >> 5
    }
    guard let first = frame(at: 0), first >= 7 else { return false }
    return frame(at: first) != nil
  }
}

/// The four bytes that a frame of MPEG audio begins with (ISO/IEC 11172-3, 2.4.1.3; 13818-3).
struct MPEGHeader: Equatable {
  /// Bytes of the whole frame.
  let byteCount: Int
  /// Header fields that all frames of a stream share: version, layer and sample rate.
  let kind: UInt32

  private static let rates = [44_100, 48_000, 32_000]
  /// kbit/s by index, of MPEG-1's layers I, II and III, and of MPEG-2's layer I and its others.
  private static let bitRates: [[Int]] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  ]

  /// - Parameter bytes: at least four.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count >= 4 else { return nil }
    let word = bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    let version = Int(word >> 19 & 3)  // 0: 2.5, 2: 2, 3: 1
    let layer = 4 - Int(word >> 17 & 3)
    let bitRate = Int(word >> 12 & 15)
    let rate = Int(word >> 10 & 3)
    guard word >> 21 == 0x7FF, version != 1, layer != 4, (1...14).contains(bitRate), rate != 3
    else { return nil }
    let isFirst = version == 3
    let row = isFirst ? layer - 1 : layer == 1 ? 3 : 4
    let bits = Self.bitRates[row][bitRate] * 1000
    let hertz = Self.rates[rate] >> (isFirst ? 0 : version == 2 ? 1 : 2)
    let padding = Int(word >> 9 & 1)
    switch layer {
    case 1: byteCount = (12 * bits / hertz + padding) * 4
    case 2: byteCount = 144 * bits / hertz + padding
    default: byteCount = (isFirst ? 144 : 72) * bits / hertz + padding
    }
    kind = word & 0xFFFE_0C00
  }

  /// Where the first of several frames in a row begins: three, or all to the end.
  static func firstFrame(in bytes: [UInt8]) -> Int? {
    // The longest frame has 2881 bytes; a file may begin anywhere in one.
    for start in 0..<min(bytes.count, 4096) where bytes[start] == 0xFF {
      guard let first = MPEGHeader(bytes[start...]) else { continue }
      var offset = start + first.byteCount
      var count = 1
      while count < 3, offset + 4 <= bytes.count,
        let next = MPEGHeader(bytes[offset...]), next.kind == first.kind
      {
        offset += next.byteCount
        count += 1
      }
      if count == 3 || (start == 0 && offset == bytes.count) { return start }
    }
    return nil
  }

  /// Frames that the stream has by its Xing or Info header, if its first frame has one.
  static func promisedFrames(in frame: [UInt8]) -> Int? {
    for name in ["Xing", "Info"] {
      for offset in [36, 21, 13, 23] where frame.dropFirst(offset).starts(with: name.utf8) {
        guard frame.count >= offset + 12, frame[offset + 7] & 1 == 1 else { return nil }
        return frame[offset + 8..<offset + 12].reduce(0) { $0 << 8 | Int($1) }
      }
    }
    return nil
  }
}
