import CSndfile
import Dispatch
import Foundation
import TestSupport
import Testing

@testable import SparrowSoundFiles

/// Opens a file for reading; the caller closes it.
func openFile(_ path: String) -> Int32 { open(path, O_RDONLY) }

/// Sound that comes out of a pipe, at a path as shells give it.
@Suite struct PipeTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The sound that a reader gets from a pipe with these bytes.
  private func piped(_ bytes: [UInt8], strict: Bool = true) throws -> Sound {
    let path = folder["pipe-\(UUID().uuidString)"]
    try #require(mkfifo(path, 0o600) == 0)
    let done = DispatchSemaphore(value: 0)
    signal(SIGPIPE, SIG_IGN)
    DispatchQueue.global().async {
      let descriptor = open(path, O_WRONLY)
      // In pieces that fit no sample.
      for start in stride(from: 0, to: bytes.count, by: 4093) {
        let part = Array(bytes[start..<min(start + 4093, bytes.count)])
        if write(descriptor, part, part.count) != part.count { break }
      }
      close(descriptor)
      done.signal()
    }
    defer { done.wait() }
    return try Sound(contentsOf: path, strict: strict)
  }

  @Test(arguments: [nil, 0, 0x7FFF_FFFF, 0x7FFF_F000, .max] as [UInt32?])
  func wavOfAnySize(size: UInt32?) throws {
    let samples = noise(count: 20_000)
    let sound = try piped(floatWAV(samples, channels: 2, riffSize: size, dataSize: size))
    #expect(sound.channels[0] == stride(from: 0, to: 20_000, by: 2).map { samples[$0] })
    #expect(sound.channels[1] == stride(from: 1, to: 20_000, by: 2).map { samples[$0] })
  }

  /// Bit for bit what libsndfile makes of the same file.
  @Test(arguments: [
    SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32, SF_FORMAT_FLOAT,
    SF_FORMAT_DOUBLE,
  ])
  func everyEncoding(encoding: Int) throws {
    for container in [SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_RF64] {
      let path = folder["a.wav"]
      try #require(encode(noise(count: 5001), rate: 22_050, format: container | encoding, to: path))
      #expect(try piped(bytes(of: path)) == Sound(contentsOf: path))
    }
  }

  @Test func whatIsNoWAVIsReadToo() throws {
    try Sound(sampleRate: 16_000, channels: [noise(count: 30_000)]).write(to: folder["a.flac"])
    #expect(try piped(bytes(of: folder["a.flac"])) == Sound(contentsOf: folder["a.flac"]))
  }

  @Test func aPipeThatEndsEarly() throws {
    let samples = noise(count: 5000)
    let cut = floatWAV(samples).prefix(44 + 4 * 3000 + 2)
    let error = #expect(throws: SoundFileError.self) { _ = try piped(Array(cut)) }
    guard case .damaged(_, 3000, 5000, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try piped(Array(cut), strict: false).channels == [Array(samples[..<3000])])
  }

  @Test func whatIsNoSoundIsRefused() throws {
    for bytes in [[], [UInt8]("RIFF".utf8), [UInt8](repeating: 0x79, count: 100_000)] {
      #expect(throws: SoundFileError.self) { _ = try piped(bytes) }
    }
    var adpcm = floatWAV([0, 0, 0])
    adpcm[20] = 2
    #expect(throws: SoundFileError.self) { _ = try piped(adpcm) }
  }

  @Test func devicesAreRefused() {
    #expect(throws: SoundFileError.unreadable(path: "/dev/zero", reason: "it is a device")) {
      _ = try SoundReader(path: "/dev/zero")
    }
  }
}
