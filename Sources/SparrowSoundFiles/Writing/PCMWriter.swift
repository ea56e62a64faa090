import SparrowFiles

/// Writes samples to an open descriptor, a pipe for one, as they come: raw, or behind the header of
/// a WAV file whose sizes say that they were not known.
package final class PCMWriter {
  private let descriptor: Int32
  private let name: String
  private let channelCount: Int
  private let format: SampleFormat
  private var frameCount = 0
  package private(set) var clippedSampleCount = 0
  private var bytes: [UInt8] = []

  /// - Parameters:
  ///   - name: what errors call the output.
  ///   - header: whether to write a WAV header, with `frames` where they are known.
  package init(
    descriptor: Int32, name: String, sampleRate: Int, channelCount: Int, format: SampleFormat,
    header: Bool, frames: Int? = nil
  ) throws(SoundFileError) {
    self.descriptor = descriptor
    self.name = name
    self.channelCount = channelCount
    self.format = format
    guard header else { return }
    let frameBytes = channelCount * format.byteCount
    guard let rate = UInt32(exactly: sampleRate), channelCount <= 1024 else {
      throw .unsupportedLayout(path: name, sampleRate: sampleRate, channelCount: channelCount)
    }
    // All ones is what other programs write, too, where they cannot go back.
    let known = frames.flatMap { UInt32(exactly: $0 * frameBytes) }.flatMap {
      $0 < UInt32.max - 4096 ? $0 : nil
    }
    add("RIFF".utf8)
    add(known.map { $0 + 36 } ?? .max)
    add("WAVEfmt ".utf8)
    add(UInt32(16))
    add(UInt16(format == .float32 ? 3 : 1))
    add(UInt16(channelCount))
    add(rate)
    add(UInt32(truncatingIfNeeded: sampleRate * frameBytes))
    add(UInt16(truncatingIfNeeded: frameBytes))
    add(UInt16(8 * format.byteCount))
    add("data".utf8)
    add(known ?? .max)
    try flush()
  }

  /// Writes a block: as many arrays as there are channels, of one length.
  ///
  /// - Throws: ``SoundFileError``, as ``SoundWriter/write(_:)`` does.
  package func write(_ block: [[Float]]) throws(SoundFileError) {
    precondition(block.count == channelCount, "a block has the writer's channels")
    for (channel, samples) in block.enumerated() {
      if let index = samples.firstNonFinite(amongFirst: samples.count) {
        throw .notFinite(path: name, channel: channel, frame: frameCount + index)
      }
    }
    for frame in block[0].indices {
      for samples in block {
        let sample = samples[frame]
        if format == .float32 {
          add(sample.bitPattern)
          continue
        }
        if sample.magnitude > 1 { clippedSampleCount += 1 }
        let value = format.integer(sample)
        add(UInt16(truncatingIfNeeded: value))
        if format == .pcm24 { bytes.append(UInt8(truncatingIfNeeded: value >> 16)) }
      }
    }
    frameCount += block[0].count
    try flush()
  }

  private func add(_ text: String.UTF8View) { bytes += text }

  private func add(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  private func flush() throws(SoundFileError) {
    do throws(FileError) {
      try Files.write(bytes, toDescriptor: descriptor, path: name)
    } catch {
      throw .init(error)
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
