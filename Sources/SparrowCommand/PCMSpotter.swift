import Foundation
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

/// Words in raw sound from a file descriptor: 16-bit little-endian samples of one channel at the network's
/// rate.
struct PCMSpotter {
  private let spotter: FileSpotter
  private let sampleRate: Int

  init(_ spotter: FileSpotter, sampleRate: Int) {
    self.spotter = spotter
    self.sampleRate = sampleRate
  }

  /// Runs until the input ends.
  func run(from input: FileHandle, heard: (SpottedWord) -> Void) throws -> SpottingReport {
    let start = ContinuousClock.now
    let channel = spotter.makeChannel()
    var bytes = [UInt8](repeating: 0, count: 8192)
    var pending = 0  // bytes of an unfinished sample
    while true {
      let count = bytes.withUnsafeMutableBytes {
        read(input.fileDescriptor, $0.baseAddress! + pending, $0.count - pending)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: "standard input", reason: String(cString: strerror(errno)))
      }
      if count == 0 { break }
      let whole = (pending + count) / 2
      channel.process(PCMSamples.decode(bytes, count: whole), heard: heard)
      if (pending + count) % 2 == 1 { bytes[0] = bytes[2 * whole] }
      pending = (pending + count) % 2
    }
    channel.finish(heard: heard)
    if pending == 1 {
      note("Warning: the input ended in the middle of a sample; its one byte was left out")
    }
    return SpottingReport(
      input: "standard input", seconds: Double(channel.samples) / Double(sampleRate),
      elapsed: ContinuousClock.now - start, channel: channel)
  }
}

/// Raw 16-bit little-endian sound.
enum PCMSamples {
  /// The first `count` samples.
  static func decode(_ bytes: [UInt8], count: Int) -> [Float] {
    (0..<count).map { i in
      Float(Int16(bitPattern: UInt16(bytes[2 * i]) | UInt16(bytes[2 * i + 1]) << 8)) / 32768
    }
  }
}
