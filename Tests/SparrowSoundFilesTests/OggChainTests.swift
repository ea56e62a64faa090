import CSndfile
import TestSupport
import Testing

@testable import SparrowSoundFiles

@Suite struct OggChainTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func ogg(
    _ samples: [Float], rate: Int, _ encoding: Int = SF_FORMAT_OPUS
  ) throws -> [UInt8]? {
    guard encode(samples, rate: rate, format: SF_FORMAT_OGG | encoding, to: folder["part.ogg"])
    else {
      print("Skipped: this libsndfile cannot encode \(encoding)")
      return nil
    }
    return try bytes(of: folder["part.ogg"])
  }

  @Test(arguments: [SF_FORMAT_OPUS, SF_FORMAT_VORBIS]) func everyLinkIsRead(encoding: Int) throws {
    let low = sine(300, rate: 48_000, count: 48_123)
    let high = sine(3000, rate: 48_000, count: 30_001)
    guard let first = try ogg(low, rate: 48_000, encoding),
      let second = try ogg(high, rate: 48_000, encoding)
    else { return }
    let path = try folder.write(first + second + first, to: "chain.ogg")
    let sound = try Sound(contentsOf: path)
    #expect(sound.frameCount == 48_123 + 30_001 + 48_123)
    #expect(try SoundReader(path: path).frameCount == sound.frameCount)
    #expect(signalToNoise(low[5000..<40_000], sound.channels[0][5000..<40_000]) > 15)
    #expect(signalToNoise(high[5000..<25_000], sound.channels[0][53_123..<73_123]) > 15)
  }

  @Test func linksOfOtherRatesAndChannelsBecomeTheFirstOnes() throws {
    guard
      let first = try ogg(sine(300, rate: 48_000, count: 24_000), rate: 48_000, SF_FORMAT_VORBIS),
      let second = try ogg(sine(500, rate: 16_000, count: 16_000), rate: 16_000, SF_FORMAT_VORBIS)
    else { return }
    let sound = try Sound(contentsOf: folder.write(first + second, to: "chain.ogg"))
    #expect(sound.sampleRate == 48_000 && sound.frameCount == 24_000 + 48_000)
    let expected = sine(500, rate: 48_000, count: 48_000)
    #expect(signalToNoise(expected[10_000..<40_000], sound.channels[0][34_000..<64_000]) > 15)
  }

  @Test func aCutFileIsNotWhole() throws {
    guard let whole = try ogg(noise(count: 400_000), rate: 48_000) else { return }
    for count in [whole.count / 2, whole.count - 1] {
      let path = try folder.write(whole.prefix(count), to: "cut.opus")
      let error = #expect(throws: SoundFileError.self) { _ = try Sound(contentsOf: path) }
      #expect(error?.description.contains("ends before the stream does") == true)
      let length = try Sound(contentsOf: path, strict: false).frameCount
      #expect(length > 0 && length < 400_000)
    }
  }

  @Test func convertedSoundKeepsItsLengthAndChannels() throws {
    let path = folder["a.wav"]
    try Sound(sampleRate: 8000, channels: [sine(300, rate: 8000, count: 9999)]).write(to: path)
    try Sound(sampleRate: 44_100, channels: [[0], [0]]).write(to: folder["b.wav"])
    func decoder(_ path: String) throws -> SndfileDecoder {
      let bytes = try bytes(of: path)
      let descriptor = openFile(path)
      return try SndfileDecoder(FileRange(OpenFile(descriptor: descriptor, length: bytes.count)))
    }
    let converted = try #require(ConvertedDecoder(decoder(path), to: decoder(folder["b.wav"])))
    var buffer = [Float](repeating: 0, count: 2 * 1000)
    var all: [Float] = []
    while case let count = converted.decode(into: &buffer, limit: 1000), count > 0 {
      all += buffer[..<(2 * count)]
    }
    #expect(all.count == 2 * 55_119)  // 9999 · 44100 / 8000 = 55119.5, down by the resampler's rule
    #expect(converted.frameCount == all.count / 2)
    #expect(stride(from: 0, to: all.count, by: 2).allSatisfy { all[$0] == all[$0 + 1] })
  }
}
