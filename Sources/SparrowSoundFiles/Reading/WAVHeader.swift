/// The header before the samples of a WAV file, read in order, as a pipe gives it.
struct WAVHeader: Equatable {
  let layout: PCMLayout
  /// Bytes of samples, or nil where whoever wrote the header could not know.
  let dataSize: Int?

  /// Reads up to the first sample.
  ///
  /// - Throws: the reason why there is none, or none that could be read from a pipe.
  init(_ stream: ByteStream) throws(Refusal) {
    guard let riff = stream.take(12),
      riff.starts(with: "RIFF".utf8) || riff.starts(with: "RF64".utf8),
      riff[8...].starts(with: "WAVE".utf8)
    else { throw Refusal("the WAV header is cut off") }
    var layout: PCMLayout?
    var longSize: Int?
    while true {
      guard let chunk = stream.take(8) else { throw Refusal("the WAV has no samples") }
      let size = Self.number(chunk[4...])
      switch String(decoding: chunk[..<4], as: UTF8.self) {
      case "fmt ":
        guard (16...4096).contains(size), let bytes = stream.take(size + size % 2) else {
          throw Refusal("the WAV header's format is cut off")
        }
        layout = try Self.layout(bytes)
      case "ds64":
        guard (24...(1 << 20)).contains(size), let bytes = stream.take(size + size % 2) else {
          throw Refusal("the RF64 header's sizes are cut off")
        }
        longSize = Self.number(bytes[8..<16])
      case "data":
        guard let layout else { throw Refusal("the WAV header has no format") }
        self.layout = layout
        dataSize = Self.isUnknown(size) ? longSize.flatMap { $0 > 0 ? $0 : nil } : size
        return
      default:
        guard stream.skip(size + size % 2) else { throw Refusal("the WAV has no samples") }
      }
    }
  }

  struct Refusal: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  /// Whether a program that writes into a pipe puts this where a size belongs: none, or about the
  /// most that 31 or 32 bits can say, less the header.
  static func isUnknown(_ size: Int) -> Bool {
    size == 0 || (0x7FFF_E000...0x8000_0000).contains(size)
      || (0xFFFF_E000...0xFFFF_FFFF).contains(size)
  }

  private static func layout(_ bytes: [UInt8]) throws(Refusal) -> PCMLayout {
    var tag = number(bytes[0..<2])
    if tag == 0xFFFE, bytes.count >= 26 { tag = number(bytes[24..<26]) }
    let channels = number(bytes[2..<4])
    let rate = number(bytes[4..<8])
    guard (1...1024).contains(channels), rate > 0 else {
      throw Refusal("the WAV header says \(channels) channels at \(rate) Hz")
    }
    let encoding: PCMLayout.Encoding
    switch (tag, number(bytes[14..<16])) {
    case (1, 8): encoding = .unsigned8
    case (1, 16): encoding = .signed16
    case (1, 24): encoding = .signed24
    case (1, 32): encoding = .signed32
    case (3, 32): encoding = .float32
    case (3, 64): encoding = .float64
    case (let tag, let bits):
      throw Refusal(
        "the WAV's encoding \(tag) of \(bits) bits is read from files only, not from a pipe")
    }
    guard number(bytes[12..<14]) == encoding.byteCount * channels else {
      throw Refusal("the WAV header's block size contradicts its samples")
    }
    return PCMLayout(encoding: encoding, sampleRate: rate, channelCount: channels)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(truncatingIfNeeded: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) & Int.max
  }
}
