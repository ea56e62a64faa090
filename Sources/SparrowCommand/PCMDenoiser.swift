import Foundation
import Sparrow
import SparrowAudio
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

/// Raw sound from one file descriptor to another, a hop at a time: 16-bit little-endian samples of one
/// channel at the network's rate.
struct PCMDenoiser {
  private let plan: Plan
  private let frontEnd: SpectralFrontEnd

  init(_ plan: Plan, frontEnd: SpectralFrontEnd) {
    self.plan = plan
    self.frontEnd = frontEnd
  }

  /// Runs until the input ends; then as many samples have come out as went in.
  ///
  /// Every hop is processed as soon as it is full, so the first samples leave once the first window is.
  func run(from input: FileHandle, to output: FileHandle) throws -> DenoisingReport {
    let start = ContinuousClock.now
    let channel = ChannelDenoiser(plan, frontEnd: frontEnd)
    var bytes = [UInt8](repeating: 0, count: 2 * frontEnd.hop)
    var pending = 0  // bytes of an unfinished hop
    var clean: [Float] = []
    var samples = 0
    while true {
      let count = bytes.withUnsafeMutableBytes {
        read(input.fileDescriptor, $0.baseAddress! + pending, $0.count - pending)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: "standard input", reason: String(cString: strerror(errno)))
      }
      pending += count
      if count > 0 && pending < bytes.count { continue }
      let whole = pending / 2
      channel.process(PCMSamples.decode(bytes, count: whole), into: &clean)
      samples += whole
      if count == 0 { break }
      pending = 0
      try write(&clean, to: output)
    }
    channel.finish(into: &clean)
    try write(&clean, to: output)
    if pending % 2 == 1 {
      note("Warning: the input ended in the middle of a sample; its one byte was left out")
    }
    return DenoisingReport(
      input: "standard input", output: "standard output", frontEnd: frontEnd,
      seconds: Double(samples) / Double(frontEnd.sampleRate),
      elapsed: ContinuousClock.now - start, channels: [channel])
  }

  /// Writes samples and empties the array.
  private func write(_ samples: inout [Float], to output: FileHandle) throws {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * samples.count)
    for sample in samples {
      let value = UInt16(
        bitPattern: Int16(min(max((sample * 32768).rounded(.toNearestOrEven), -32768), 32767)))
      bytes.append(UInt8(truncatingIfNeeded: value))
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }
    samples.removeAll(keepingCapacity: true)
    try Files.write(bytes, toDescriptor: output.fileDescriptor, path: "standard output")
  }
}
