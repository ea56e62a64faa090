import SparrowFiles

/// Samples as they are, out of a pipe or of a WAV file whose header does not say how many there
/// are.
final class PCMDecoder: SoundDecoder {
  let layout: PCMLayout
  let frameCount: Int?
  let information = SoundInformation()
  private(set) var damage: SoundDamage?
  /// Bytes of an unfinished frame that the input ended in.
  private(set) var leftOver = 0

  let hasHeader: Bool

  private let stream: ByteStream
  private let file: OpenFile?
  /// Bytes still to come by the header.
  private var promised: Int?
  private var bytes: [UInt8] = []
  private var pending = 0

  var sampleRate: Int { layout.sampleRate }
  var channelCount: Int { layout.channelCount }
  var sampleFormat: SampleFormat { layout.sampleFormat }
  var mayHoldNonFinite: Bool { layout.sampleFormat == .float32 }

  /// - Parameters:
  ///   - stream: at the first sample.
  ///   - byteCount: of samples; nil for all that come.
  ///   - hasHeader: whether the layout was read from the input itself.
  ///   - file: what the stream reads from, where nobody else keeps it open.
  init(
    _ stream: ByteStream, layout: PCMLayout, byteCount: Int? = nil, hasHeader: Bool = false,
    keeping file: OpenFile? = nil
  ) {
    self.stream = stream
    self.layout = layout
    self.hasHeader = hasHeader || file != nil
    self.file = file
    promised = byteCount
    frameCount = byteCount.map { $0 / layout.frameBytes }
  }

  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int {
    // Large enough for whole files, small enough not to grow with what is asked for.
    let room = min(limit, max(1, (1 << 18) / layout.frameBytes)) * layout.frameBytes
    if bytes.count < room { bytes += [UInt8](repeating: 0, count: room - bytes.count) }
    while true {
      let wanted = min(room - pending, promised ?? .max)
      let count =
        wanted == 0
        ? 0
        : bytes.withUnsafeMutableBytes {
          stream.read(into: $0.baseAddress! + pending, count: wanted)
        }
      if count == 0 {
        end()
        return 0
      }
      promised = promised.map { $0 - count }
      pending += count
      let frames = pending / layout.frameBytes
      guard frames > 0 else { continue }
      bytes.withUnsafeBytes {
        layout.decode($0.baseAddress!, count: frames * layout.channelCount, into: buffer)
      }
      let used = frames * layout.frameBytes
      for i in used..<pending { bytes[i - used] = bytes[i] }
      pending -= used
      return frames
    }
  }

  private func end() {
    leftOver = pending
    if stream.firstError != 0 {
      damage = SoundDamage(reason: "reading failed: \(systemReason(stream.firstError))")
    } else if promised ?? 0 > 0 {
      damage = SoundDamage(reason: "the input ends early", frameCount: frameCount)
    }
  }
}
