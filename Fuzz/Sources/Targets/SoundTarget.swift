import SparrowSoundFiles

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Sound files of all formats, as a file and out of a pipe, and raw samples.
enum SoundTarget {
  static func run(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/sound"
    try Scratch.write(bytes, to: path)
    // What is refused as a file may be read out of a pipe.
    try? readToEnd(SoundReader(path: path, strict: false))
    try? throughPipe(bytes, raw: nil)
    try throughPipe(bytes, raw: PCMLayout(encoding: .signed24, sampleRate: 8000, channelCount: 3))
  }

  private static func throughPipe(_ bytes: [UInt8], raw: PCMLayout?) throws {
    var ends: [Int32] = [0, 0]
    // What a pipe holds without a reader.
    guard bytes.count <= 1 << 16, pipe(&ends) == 0 else { return }
    defer { close(ends[0]) }
    guard write(ends[1], bytes, bytes.count) == bytes.count else { return }
    close(ends[1])
    try readToEnd(SoundReader(descriptor: ends[0], name: "pipe", raw: raw, strict: false))
  }

  private static func readToEnd(_ reader: consuming SoundReader) throws {
    var reader = reader
    guard reader.channelCount <= 64 else { return }
    var block: [[Float]] = []
    var frames = 0
    // Some formats say a million samples in a few bytes.
    while frames < 1 << 18 {
      let count = try reader.read(upTo: 4096, into: &block)
      if count == 0 { break }
      precondition(block.count == reader.channelCount && block.allSatisfy { $0.count == count })
      frames += count
    }
  }

  static func seeds() throws -> [[UInt8]] {
    let samples = (0..<400).map { Float($0 % 50) / 50 - 0.5 }
    let sound = Sound(sampleRate: 16_000, channels: [samples, samples])
    return try ["wav", "flac"].map { ending in
      let path = "\(Scratch.folder)/seed.\(ending)"
      try sound.write(to: path)
      return try FileCoder.read(path)
    }
  }
}
