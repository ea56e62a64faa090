import CSndfile
import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct FormatTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["a.wav", "a.WAV", "a.wave", "a.flac"])
  func everySampleOf16BitsComesBack(name: String) throws {
    let ramp = (-32768...32767).map { Float($0) / 32768 }
    let sound = Sound(sampleRate: 16_000, channels: [ramp])
    #expect(try sound.write(to: folder[name]) == 0)
    #expect(try Sound(contentsOf: folder[name]) == sound)
  }

  @Test(arguments: ["a.wav", "a.flac"])
  func samplesOf24BitsComeBack(name: String) throws {
    let samples = noise(count: 50_000).map { ($0 * 0x1p23).rounded(.down) / 0x1p23 }
    let sound = Sound(sampleRate: 96_000, channels: [samples + [-1, 1 - 0x1p-23]])
    try sound.write(to: folder[name], as: .pcm24)
    #expect(try Sound(contentsOf: folder[name]) == sound)
    #expect(try SoundReader(path: folder[name]).sampleFormat == .pcm24)
  }

  @Test func floatsComeBackUnclipped() throws {
    let sound = Sound(sampleRate: 8000, channels: [[0, 1.5, -3e30, 1e-30, 0.1]])
    #expect(try sound.write(to: folder["a.wav"], as: .float32) == 0)
    #expect(try Sound(contentsOf: folder["a.wav"]) == sound)
    #expect(try SoundReader(path: folder["a.wav"]).sampleFormat == .float32)
  }

  @Test func flacStoresFloatsAs24Bits() throws {
    try Sound(sampleRate: 8000, channels: [[0.1]]).write(to: folder["a.flac"], as: .float32)
    let reader = try SoundReader(path: folder["a.flac"])
    #expect(reader.sampleFormat == .pcm24)
    #expect(try abs(Sound(contentsOf: folder["a.flac"]).channels[0][0] - 0.1) <= 0x1p-24)
  }

  @Test(arguments: [("a.wav", 1), ("a.wav", 2), ("a.wav", 7), ("a.flac", 8), ("a.wav", 300)])
  func channelsStayApart(name: String, count: Int) throws {
    let channels = (0..<count).map { channel in
      (0..<100).map { Float(channel * 100 + $0) / 32768 }
    }
    let sound = Sound(sampleRate: 44_100, channels: channels)
    try sound.write(to: folder[name])
    #expect(try Sound(contentsOf: folder[name]) == sound)
  }

  @Test(arguments: ["a.wav", "a.flac"])
  func blocksOfAnySizeGiveTheSameFile(name: String) throws {
    let sound = Sound(sampleRate: 16_000, channels: [noise(count: 10_007), noise(count: 10_007)])
    try sound.write(to: folder["whole-\(name)"])
    let blocks = [1, 7, 128, 4096]
    var writer = try SoundWriter(path: folder[name], sampleRate: 16_000, channelCount: 2)
    var start = 0
    while start < sound.frameCount {
      let end = min(start + blocks[start % blocks.count], sound.frameCount)
      try writer.write(sound.channels.map { Array($0[start..<end]) })
      start = end
    }
    #expect(writer.frameCount == 10_007)
    try writer.finish()
    #expect(try bytes(of: folder[name]) == bytes(of: folder["whole-\(name)"]))

    let whole = try readAll(folder[name], block: 100_000)
    for block in blocks { #expect(try readAll(folder[name], block: block) == whole) }
  }

  @Test(arguments: ["a.wav", "a.flac"])
  func oneSampleSilenceAndNothing(name: String) throws {
    for samples in [[0.25], [Float](repeating: 0, count: 5000), []] as [[Float]] {
      let sound = Sound(sampleRate: 16_000, channels: [samples])
      try sound.write(to: folder[name])
      #expect(try Sound(contentsOf: folder[name]) == sound)
      #expect(try SoundReader(path: folder[name]).frameCount ?? 0 == samples.count)
    }
  }

  @Test func clippingIsCounted() throws {
    let sound = Sound(sampleRate: 16_000, channels: [[1, -1, 1.01, -2], [0, 9e9, 0.5, 0]])
    #expect(try sound.write(to: folder["a.wav"]) == 3)
    let top = Float(32767) / 32768
    let expected = [[top, -1, top, -1], [0, top, 0.5, 0]]
    #expect(try Sound(contentsOf: folder["a.wav"]).channels == expected)
  }

  @Test func readerDescribesTheFile() throws {
    try Sound(sampleRate: 22_050, channels: [[0, 0, 0], [0, 0, 0]]).write(to: folder["a.wav"])
    let reader = try SoundReader(path: folder["a.wav"])
    #expect(reader.sampleRate == 22_050)
    #expect(reader.channelCount == 2)
    #expect(reader.frameCount == 3)
    #expect(reader.sampleFormat == .pcm16)
  }

  @Test(arguments: [
    (SF_FORMAT_OGG | SF_FORMAT_OPUS, 48_000), (SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44_100),
    (SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44_100),
  ])
  func lossyFilesAreReadWhole(format: Int, rate: Int) throws {
    // The name says nothing, as in "recording (1).tmp": the contents do.
    let path = folder["sound"]
    let original = sine(440, rate: rate, count: rate + 123)
    guard encode(original, rate: rate, format: format, to: path) else {
      print("Skipped: this libsndfile cannot encode format \(String(format, radix: 16))")
      return
    }
    let sound = try Sound(contentsOf: path)
    #expect(sound.sampleRate == rate)
    #expect(try SoundReader(path: path).frameCount == sound.frameCount)
    #expect(sound.frameCount == original.count)
    let middle = 5000..<40_000
    #expect(signalToNoise(original[middle], sound.channels[0][middle]) > 20)
  }

  @Test func monoIsTheMean() {
    let sound = Sound(sampleRate: 8000, channels: [[1, 0], [0, 0.5], [0.5, -0.5]])
    #expect(sound.mono() == Sound(sampleRate: 8000, channels: [[0.5, 0]]))
  }
}
