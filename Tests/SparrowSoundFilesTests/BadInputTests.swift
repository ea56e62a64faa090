import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct BadInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func missing() {
    let path = folder["none.wav"]
    let error = #expect(throws: SoundFileError.missing(path: path)) {
      _ = try Sound(contentsOf: path)
    }
    #expect(error?.description == "\(path): there is no such file")
  }

  @Test func namesOfSeveralLinesAreErrorsOfOne() {
    let path = folder["no\nne.wav"]
    let error = #expect(throws: SoundFileError.missing(path: path)) {
      _ = try Sound(contentsOf: path)
    }
    #expect(error?.description == "\(folder.path)/no\\nne.wav: there is no such file")
  }

  @Test func dashIsAFileName() {
    // libsndfile would read standard input, and wait for it.
    #expect(throws: SoundFileError.missing(path: "-")) { _ = try Sound(contentsOf: "-") }
  }

  @Test func folderInsteadOfFile() {
    #expect(throws: SoundFileError.unreadable(path: folder.path, reason: "Is a directory")) {
      _ = try Sound(contentsOf: folder.path)
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything")) func forbidden() throws {
    let path = try folder.write(floatWAV([0]), to: "a.wav")
    chmod(path, 0)
    #expect(throws: SoundFileError.unreadable(path: path, reason: "Permission denied")) {
      _ = try Sound(contentsOf: path)
    }
  }

  @Test func empty() throws {
    let path = try folder.write([], to: "a.wav")
    #expect(throws: SoundFileError.empty(path: path)) { _ = try Sound(contentsOf: path) }
  }

  @Test(arguments: [
    [UInt8]("This is a text about sound.\n".utf8), [0], [UInt8]("RIFF".utf8),
    [UInt8]("fLaC".utf8), [UInt8]("OggS".utf8), [0xFF, 0xFB],
    (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) },
  ])
  func otherThanSound(content: [UInt8]) throws {
    for name in ["a.wav", "a.flac", "a.mp3", "a.raw"] {
      let path = try folder.write(content, to: name)
      let error = #expect(throws: SoundFileError.self) { _ = try Sound(contentsOf: path) }
      guard case .notSound(path, _) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(error?.description.contains("\n") == false)
    }
  }

  @Test(arguments: [0, UInt32.max, 0x7FFF_FFFF])
  func lyingHeader(size: UInt32) throws {
    let samples = noise(count: 5000)
    let path = try folder.write(floatWAV(samples, riffSize: size, dataSize: size), to: "a.wav")
    #expect(try Sound(contentsOf: path).channels == [samples])
    #expect(try SoundReader(path: path).frameCount == 5000)
  }

  @Test func lyingHeaderOfSilence() throws {
    let samples = [Float](repeating: 0, count: 5000)
    let path = try folder.write(floatWAV(samples, riffSize: 36, dataSize: 0), to: "a.wav")
    #expect(try Sound(contentsOf: path).channels == [samples])
  }

  @Test func chunksBehindAnEmptySoundAreNotSound() throws {
    let list = [UInt8]("LIST".utf8) + [4, 0, 0, 0] + [UInt8]("INFO".utf8)
    let file = floatWAV([], riffSize: UInt32(36 + list.count)) + list
    let path = try folder.write(file, to: "a.wav")
    #expect(try Sound(contentsOf: path).channels == [[]])
  }

  @Test func filesAreClosed() throws {
    let bad = try folder.write([1, 2, 3], to: "bad.wav")
    let good = try folder.write(floatWAV([0.5]), to: "good.wav")
    for _ in 0..<2000 {
      _ = try? Sound(contentsOf: bad)
      _ = try Sound(contentsOf: good)
    }
    // The system gives the lowest number that is free.
    let descriptor = open(good, O_RDONLY)
    #expect(descriptor < 1000)
    close(descriptor)
  }

  @Test func everyTruncationOfAWAVIsReadOrRefused() throws {
    let samples = noise(count: 50)
    let whole = floatWAV(samples)
    for length in 1..<whole.count {
      let path = try folder.write(whole[..<length], to: "a.wav")
      do {
        let sound = try Sound(contentsOf: path, strict: false)
        #expect(sound.channels[0] == Array(samples[..<max(0, (length - 44) / 4)]))
        #expect(throws: SoundFileError.self) { _ = try Sound(contentsOf: path) }
      } catch {
        guard case .notSound = error else {
          Issue.record("\(error)")
          return
        }
        #expect(length <= 44)
      }
    }
  }

  @Test func damagedBytesNeverCrash() throws {
    var generator = TestNumbers(seed: 7)
    for name in ["a.wav", "a.flac"] {
      let path = folder[name]
      try Sound(sampleRate: 16_000, channels: [noise(count: 3000)]).write(to: path)
      let whole = try bytes(of: path)
      for _ in 0..<200 {
        var damaged = whole
        for _ in 0..<4 {
          let range = Bool.random(using: &generator) ? 0..<60 : 0..<damaged.count
          damaged[Int.random(in: range, using: &generator)] = .random(in: 0...255)
        }
        _ = try folder.write(damaged, to: name)
        _ = try? Sound(contentsOf: path)
      }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
  func notFinite(sample: Float) throws {
    // 10 000 frames of two channels; blocks of 4096 put it into the third.
    var samples = [Float](repeating: 0.5, count: 20_000)
    samples[2 * 9001 + 1] = sample
    let path = try folder.write(floatWAV(samples, channels: 2), to: "a.wav")
    let expected = SoundFileError.notFinite(path: path, channel: 1, frame: 9001)
    #expect(throws: expected) { _ = try readAll(path, block: 4096) }
    #expect(expected.description == "\(path): sample 9001 of channel 1 is not a finite number")
  }
}
