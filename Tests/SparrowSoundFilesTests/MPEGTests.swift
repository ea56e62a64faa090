import CSndfile
import TestSupport
import Testing

@testable import SparrowSoundFiles

/// MP3 files as encoders, radio and broken transfers leave them.
@Suite struct MPEGTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Frames of an MP3 without its header frame; nil where libsndfile cannot encode.
  private func frames(_ samples: [Float], name: String) throws -> [[UInt8]]? {
    let path = folder[name]
    let format = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III
    guard encode(samples, rate: 44_100, format: format, to: path) else {
      print("Skipped: this libsndfile cannot encode MP3")
      return nil
    }
    let file = try bytes(of: path)
    var frames: [[UInt8]] = []
    var offset = try #require(MPEGHeader.firstFrame(in: file))
    while let header = MPEGHeader(file[offset...]), offset + header.byteCount <= file.count {
      frames.append(Array(file[offset..<offset + header.byteCount]))
      offset += header.byteCount
    }
    let isHeader = MPEGHeader.promisedFrames(in: frames[0]) != nil
    return Array(isHeader ? frames.dropFirst() : frames[...])
  }

  /// By the first frames' bit rate, libsndfile expects a fifth of this one's length or so.
  @Test func variableBitRateWithoutHeader() throws {
    let silence = [Float](repeating: 0, count: 4 * 44_100)
    guard let quiet = try frames(silence, name: "a.mp3"),
      let loud = try frames(noise(count: 4 * 44_100), name: "b.mp3")
    else { return }
    let sizes = (Set(quiet.map(\.count)), Set(loud.map(\.count)))
    for order in [quiet + loud, loud + quiet] {
      let path = try folder.write(order.joined(), to: "vbr.mp3")
      let sound = try Sound(contentsOf: path)
      #expect(abs(sound.frameCount - 1152 * order.count) <= 1152, "\(sizes)")
      #expect(try SoundReader(path: path).frameCount == sound.frameCount)
    }
  }

  @Test(arguments: [1, 100, 417, 1000]) func beginningInMidFrame(dropped: Int) throws {
    let tone = sine(440, rate: 44_100, count: 2 * 44_100)
    guard let frames = try frames(tone, name: "a.mp3") else { return }
    let path = try folder.write(frames.joined().dropFirst(dropped), to: "mid.mp3")
    let sound = try Sound(contentsOf: path)
    let lost = frames.count * 1152 - sound.frameCount
    #expect((0...4 * 1152).contains(lost))
    // The tone is there at its level, and nothing louder where the beginning is missing.
    #expect(sound.channels[0][20_000..<60_000].map(\.magnitude).max()! > 0.45)
    #expect(sound.channels[0].allSatisfy { $0.magnitude < 1 })
  }

  @Test func cutInMidFrame() throws {
    let tone = sine(440, rate: 44_100, count: 44_100)
    guard let frames = try frames(tone, name: "a.mp3") else { return }
    let whole = Array(frames.joined())
    for count in [whole.count - 1, whole.count - 100] {
      let path = try folder.write(whole.prefix(count), to: "cut.mp3")
      var reader = try SoundReader(path: path, strict: false)
      var block: [[Float]] = []
      var length = 0
      while case let count = try reader.read(upTo: 4096, into: &block), count > 0 {
        length += count
      }
      #expect(reader.damage?.description.contains("middle of an MPEG frame") == true)
      #expect(length >= (frames.count - 2) * 1152)
    }
    let path = try folder.write(whole, to: "whole.mp3")
    _ = try Sound(contentsOf: path, strict: true)
  }

  @Test func headersAreThoseOfTheStandard() throws {
    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes, 418 with padding.
    #expect(MPEGHeader([0xFF, 0xFB, 0x90, 0x00])?.byteCount == 417)
    #expect(MPEGHeader([0xFF, 0xFB, 0x92, 0x00])?.byteCount == 418)
    // MPEG-2 layer III, 64 kbit/s, 22.05 kHz; layer II, 192 kbit/s, 48 kHz; layer I, 384 kbit/s,
    // 32 kHz.
    #expect(MPEGHeader([0xFF, 0xF3, 0x80, 0x00])?.byteCount == 208)
    #expect(MPEGHeader([0xFF, 0xFD, 0xA4, 0x00])?.byteCount == 576)
    #expect(MPEGHeader([0xFF, 0xFF, 0xC8, 0x00])?.byteCount == 576)
    // AAC, free format, forbidden bit rate, reserved rate, reserved version.
    for bytes: [UInt8] in [
      [0xFF, 0xF1, 0x50, 0x80], [0xFF, 0xFB, 0x00, 0], [0xFF, 0xFB, 0xF0, 0],
      [0xFF, 0xFB, 0x9C, 0],
      [0xFF, 0xEB, 0x90, 0],
    ] {
      #expect(MPEGHeader(bytes[...]) == nil)
    }
  }
}
