import CSndfile
import Foundation
import TestSupport
import Testing

@testable import SparrowSoundFiles

/// What a copy keeps besides the samples.
@Suite struct InformationTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func copy(_ information: SoundInformation, to name: String, channels: Int = 1) throws
    -> (information: SoundInformation, omissions: [String])
  {
    var writer = try SoundWriter(
      path: folder[name], sampleRate: 16_000, channelCount: channels, information: information)
    try writer.write(Array(repeating: [0.5, 0.25], count: channels))
    let omissions = writer.omissions
    try writer.finish()
    return (try SoundReader(path: folder[name]).information, omissions)
  }

  @Test(arguments: ["a.wav", "a.flac"]) func tags(name: String) throws {
    var information = SoundInformation()
    information.tags = [.title: "Ein Lied", .artist: "Jemand", .comment: "größer", .date: "2026"]
    let (copied, omissions) = try copy(information, to: name)
    #expect(copied.tags == information.tags)
    #expect(omissions.isEmpty)
  }

  @Test func broadcastInformationAndItsLoss() throws {
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<SF_BROADCAST_INFO>.size)
    bytes.replaceSubrange(0..<4, with: "take".utf8)
    var information = SoundInformation()
    information.broadcast = bytes
    let (copied, omissions) = try copy(information, to: "a.wav")
    #expect(copied.broadcast?.prefix(5) == bytes.prefix(5) && omissions.isEmpty)
    let flac = try copy(information, to: "a.flac")
    #expect(flac.information.broadcast == nil)
    #expect(flac.omissions == ["the broadcast extension (bext)"])
  }

  @Test func placesOfChannels() throws {
    var information = SoundInformation()
    information.channelMap = [2, 3, 4, 11, 9, 10].map { Int32($0) }  // L R C LFE, behind L R
    let (copied, omissions) = try copy(information, to: "a.wav", channels: 6)
    #expect(copied.channelMap == information.channelMap && omissions.isEmpty)
    // An order that WAV cannot say.
    information.channelMap.swapAt(1, 2)
    #expect(
      try copy(information, to: "a.wav", channels: 6).omissions == ["the places of the channels"])
  }

  @Test func aPlainFileHasThePlainHeader() throws {
    try Sound(sampleRate: 16_000, channels: [[0.5]]).write(to: folder["a.wav"])
    let file = try bytes(of: folder["a.wav"])
    #expect(file.count == 46 && file[36..<40].elementsEqual("data".utf8))
  }

  /// What may need RF64 and does not becomes WAV, of the same samples.
  @Test(arguments: [SoundLength.unknown, .frames(1 << 40)]) func longFiles(length: SoundLength)
    throws
  {
    let samples = noise(count: 1000)
    var writer = try SoundWriter(
      path: folder["a.wav"], sampleRate: 16_000, channelCount: 1, sampleFormat: .float32,
      length: length)
    try writer.write([samples])
    try writer.finish()
    #expect(try bytes(of: folder["a.wav"]).starts(with: "RIFF".utf8))
    #expect(try Sound(contentsOf: folder["a.wav"]).channels == [samples])
  }

  @Test func rf64IsRead() throws {
    func little(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
    }
    let samples = noise(count: 700)
    let wav = floatWAV(samples, riffSize: .max, dataSize: .max)
    var file = [UInt8]("RF64".utf8)
    file += wav[4..<12]
    file += [UInt8]("ds64".utf8)
    file += little(UInt32(28))
    file += little(UInt64(wav.count + 28))
    file += little(UInt64(2800))
    file += little(UInt64(700))
    file += little(UInt32(0))
    file += wav[12...]
    let path = try folder.write(file, to: "a.wav")
    #expect(try Sound(contentsOf: path).channels == [samples])
    let cut = try folder.write(file.dropLast(400), to: "cut.wav")
    #expect(throws: SoundFileError.self) { _ = try Sound(contentsOf: cut) }
    #expect(try Sound(contentsOf: cut, strict: false).channels == [Array(samples[..<600])])
  }

  @Test(arguments: [
    ("m4a", [UInt8]("....ftypM4A isom".utf8)),
    ("aac", [0xFF, 0xF1, 0x50, 0x80, 0x01, 0x1F, 0xFC, 0]),
    ("webm", [0x1A, 0x45, 0xDF, 0xA3, 0, 0]), ("wma", [0x30, 0x26, 0xB2, 0x75, 0, 0]),
  ])
  func foreignFormatsAreNamed(ending: String, head: [UInt8]) throws {
    var file = head
    if ending == "aac" { file += head + head }
    let path = try folder.write(file, to: "a.\(ending)")
    let error = #expect(throws: SoundFileError.self) { _ = try SoundReader(path: path) }
    guard case .foreign = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("ffmpeg") == true)
  }

  @Test(arguments: [SF_FORMAT_AIFF, SF_FORMAT_AU, SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_FLAC])
  func oneRuleForCutFiles(container: Int) throws {
    let path = folder["whole"]
    let encoding = SF_FORMAT_PCM_16
    try #require(encode(noise(count: 50_000), rate: 16_000, format: container | encoding, to: path))
    let whole = try Sound(contentsOf: path)
    let file = try bytes(of: path)
    for share in [0.1, 0.5, 0.99] {
      let cut = try folder.write(file.prefix(Int(Double(file.count) * share)), to: "cut")
      let error = #expect(throws: SoundFileError.self) { _ = try Sound(contentsOf: cut) }
      guard case .damaged = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      let part = try Sound(contentsOf: cut, strict: false).channels[0]
      #expect(part.count < 50_000 && part[...] == whole.channels[0][..<part.count])
      if share > 0.4 { #expect(part.count > 15_000) }
    }
  }
}
