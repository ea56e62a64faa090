import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct UnwritableOutputTests {
  let folder: TemporaryFolder
  let sound = Sound(sampleRate: 16_000, channels: [noise(count: 1000)])

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["a.mp3", "a", "a.wav/", "wav", "folder.wav/a"])
  func unknownExtension(name: String) throws {
    let path = folder[name]
    #expect(throws: SoundFileError.unknownExtension(path: path)) { try sound.write(to: path) }
    #expect(folder.files == [])
  }

  @Test func noFolder() {
    let path = folder["none/a.wav"]
    let expected = SoundFileError.unwritable(path: path, reason: "No such file or directory")
    #expect(throws: expected) { try sound.write(to: path) }
  }

  @Test func folderInTheWay() throws {
    let path = folder["a.wav"]
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: SoundFileError.unwritable(path: path, reason: "Is a directory")) {
      try sound.write(to: path)
    }
    #expect(folder.files == ["a.wav"])
  }

  @Test func devicesAreLeftAlone() throws {
    let path = folder["a.wav"]
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/null")
    #expect(throws: SoundFileError.self) { try sound.write(to: path) }
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func linksStayLinks() throws {
    try sound.write(to: folder["target.wav"], as: .float32)
    try FileManager.default.createSymbolicLink(
      atPath: folder["a.wav"], withDestinationPath: "target.wav")
    let other = Sound(sampleRate: 8000, channels: [[0.5]])
    try other.write(to: folder["a.wav"])
    #expect(try Sound(contentsOf: folder["target.wav"]) == other)
    #expect(folder.files == ["a.wav", "target.wav"])
  }

  @Test(arguments: [("a.flac", 16_000, 9), ("a.wav", 0, 1), ("a.wav", 16_000, 100_000)])
  func unsupportedLayout(name: String, rate: Int, channels: Int) throws {
    let path = folder[name]
    let expected = SoundFileError.unsupportedLayout(
      path: path, sampleRate: rate, channelCount: channels)
    #expect(throws: expected) {
      _ = try SoundWriter(path: path, sampleRate: rate, channelCount: channels)
    }
    #expect(folder.files == [])
  }

  @Test(arguments: ["a.wav", "a.flac"])
  func anUnfinishedFileLeavesTheOldOne(name: String) throws {
    try sound.write(to: folder[name])
    do {
      var writer = try SoundWriter(path: folder[name], sampleRate: 8000, channelCount: 2)
      try writer.write([[0.5], [0.5]])
      #expect(folder.files.filter { !$0.hasPrefix(".") } == [name])
    }
    #expect(folder.files == [name])
    #expect(try Sound(contentsOf: folder[name]).sampleRate == 16_000)
  }

  @Test func notFiniteSamplesAreNotWritten() throws {
    let path = folder["a.wav"]
    #expect(throws: SoundFileError.notFinite(path: path, channel: 1, frame: 3)) {
      var writer = try SoundWriter(path: path, sampleRate: 8000, channelCount: 2)
      try writer.write([[0, 0], [0, 0]])
      try writer.write([[0, 0], [0, .nan]])
    }
    #expect(folder.files == [])
  }

  @Test func permissionsFollowTheUmask() throws {
    try sound.write(to: folder["a.wav"])
    let plain = try folder.write([0], to: "plain")
    var expected = stat()
    var status = stat()
    stat(plain, &expected)
    stat(folder["a.wav"], &status)
    #expect(status.st_mode == expected.st_mode)
  }

  // In a process of its own, because the limit holds for all of it. Exit tests are new in Swift
  // 6.2.
  #if compiler(>=6.2)
    @Test func fullDisk() async {
      await #expect(processExitsWith: .success) {
        let folder = try TemporaryFolder()
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
        #if canImport(Glibc)
          #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        #else
          #expect(setrlimit(RLIMIT_FSIZE, &limit) == 0)
        #endif
        // The last counts are of sound whose file is too large only by what closing adds to it.
        for count in [1_000_000, 60_000, 50_000, 49_999] {
          for name in ["a.wav", "a.flac"] {
            let path = folder[name]
            let sound = Sound(sampleRate: 16_000, channels: [noise(count: count)])
            #expect(throws: SoundFileError.diskFull(path: path)) { try sound.write(to: path) }
            #expect(folder.files == [])
          }
        }
        try Sound(sampleRate: 16_000, channels: [noise(count: 40_000)]).write(
          to: folder["a.wav"])
      }
    }
  #endif
}
