import Foundation
import SparrowFiles
import TestSupport
import Testing

@testable import SparrowSoundFiles

@Suite struct SoundFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: folder[name], withDestinationPath: target)
  }

  @Test func filesInOrder() throws {
    for name in ["b.wav", "a/z.MP3", "a.flac", "notes.txt", "c.m4a", ".hidden.wav"] {
      try folder.write([1], to: name)
    }
    let contents = try SoundFolder(folder.path)
    #expect(contents.files == [".hidden.wav", "a.flac", "a/z.MP3", "b.wav"])
    #expect(contents.foreign == ["c.m4a"])
    #expect(contents.problems.isEmpty)
  }

  /// A folder is listed once, by itself before by a link, and circles end.
  @Test func linksToFolders() throws {
    try folder.write([1], to: "z/sound.wav")
    try folder.write([1], to: "outside/other.wav")
    try FileManager.default.createDirectory(
      atPath: folder["root"], withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: folder["z"], toPath: folder["root/z"])
    try link("root/a", to: "z")
    try link("root/z/up", to: "..")
    try link("root/out", to: "../outside")
    try link("root/file.wav", to: "z/sound.wav")
    let contents = try SoundFolder(folder["root"])
    #expect(contents.files == ["file.wav", "out/other.wav", "z/sound.wav"])
    #expect(Set(contents.repeated) == ["a", "z/up"])
  }

  @Test func pipesAndBrokenLinksAreProblems() throws {
    try folder.write([1], to: "good.wav")
    #expect(mkfifo(folder["pipe.wav"], 0o600) == 0)
    try link("broken.wav", to: "nowhere")
    let contents = try SoundFolder(folder.path)
    #expect(contents.files == ["good.wav"])
    #expect(Set(contents.problems.map(\.path)) == [folder["pipe.wav"], folder["broken.wav"]])
    #expect(throws: FileError.self) { _ = try SoundFolder.files(below: folder.path) }
    var skipped = 0
    #expect(try SoundFolder.files(below: folder.path) { _ in skipped += 1 } == ["good.wav"])
    #expect(skipped == 2)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func aForbiddenFolderIsNamed() throws {
    try folder.write([1], to: "closed/a.wav")
    try folder.write([1], to: "b.wav")
    chmod(folder["closed"], 0)
    defer { chmod(folder["closed"], 0o700) }
    let contents = try SoundFolder(folder.path)
    #expect(contents.files == ["b.wav"])
    #expect(contents.problems.map(\.path) == [folder["closed"]])
  }

  @Test func whoKeepsItsNameWins() {
    #expect(
      FolderDenoising.targets(of: ["a.flac", "a.mp3", "a.wav", "b.ogg", "c.mp3", "c.opus"])
        == ["a.flac", "a.mp3.wav", "a.wav", "b.wav", "c.mp3.wav", "c.opus.wav"])
    // Whatever the order.
    #expect(FolderDenoising.targets(of: ["a.wav", "a.mp3"]) == ["a.wav", "a.mp3.wav"])
    #expect(
      FolderDenoising.targets(of: ["a.mp3", "a.mp3.wav", "a.wav"]) == [nil, "a.mp3.wav", "a.wav"])
    #expect(FolderDenoising.targets(of: ["x.y/a.opus"]) == ["x.y/a.wav"])
  }

  /// Every name that a system may have comes back, and no two become one.
  @Test func namesOfAnyBytes() {
    var generator = TestNumbers(seed: 3)
    var texts: [String: [UInt8]] = [:]
    var names: [[UInt8]] = [
      Array("plain.wav".utf8), Array("größer 日本.wav".utf8), [0x62, 0xE9, 0x64], [0xEE, 0xBE, 0x80],
      [0x80], [0xEE, 0xBE], [0xF0, 0x9F], [0xC0, 0xAF], [0xED, 0xA0, 0x80],
    ]
    for _ in 0..<3000 {
      names.append(
        (0..<6).map { _ in
          [0x61, 0x80, 0xBE, 0xC3, 0xE9, 0xEE, 0xF0, 0xFF].randomElement(using: &generator)!
        })
    }
    for name in names {
      let text = String(systemPath: name)
      #expect(text.systemBytes == name)
      if let other = texts.updateValue(name, forKey: text) { #expect(other == name) }
    }
    #expect(String(systemPath: [0x62, 0xE9, 0x64] as [UInt8]).readable == "b\\xE9d")
  }

  @Test func filesOfSuchNames() throws {
    let name = String(systemPath: Array("\(folder.path)/b".utf8) + [0xE9] + Array(".wav".utf8))
    try Sound(sampleRate: 8000, channels: [[0.5]]).write(to: name)
    #expect(try Sound(contentsOf: name).channels == [[0.5]])
    #expect(try SoundFolder(folder.path).files.map { "\(folder.path)/\($0)" } == [name])
  }

  @Test func inversionIsToldFromNoise() {
    let (left, right) = (noise(count: 10_000), noise(count: 10_000, seed: 2))
    func cancels(_ channels: [[Float]]) -> Bool {
      var mix = ChannelMix()
      _ = mix.mixed(channels)
      return mix.cancels
    }
    #expect(!cancels([left]) && !cancels([left, right]) && !cancels([left, left]))
    #expect(!cancels([[0, 0], [0, 0]]))
    #expect(!cancels((0..<200).map { noise(count: 500, seed: UInt64($0)) }))
    #expect(cancels([left, left.map { -$0 }]))
    #expect(cancels([left, left.map { -0.95 * $0 }]))
  }
}
