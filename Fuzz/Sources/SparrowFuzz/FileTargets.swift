import Sparrow
import SparrowHardware
import SparrowSoundFiles
import SparrowTasks
import SparrowText

/// Chips and workloads: what is accepted is simulated.
enum ChipTarget {
  static func chip(_ bytes: [UInt8]) throws {
    let chip = try Chip(try ChipFile(json: bytes, source: "input"))
    guard case .array(let array) = chip else { return }
    _ = try array.simulate(small)
  }

  static func workload(_ bytes: [UInt8]) throws {
    let workload = try Workload(json: bytes, source: "input")
    guard case .array(let array) = try Chip(ChipFile(json: sharp, source: "sharp")) else { return }
    _ = try array.simulate(workload)
  }

  private static let small = Workload(
    name: "small", layers: [.lstm("lstm", inputs: 8, units: 8)], steps: 2)
  private static let sharp = Array(
    ChipFile.builtIn.first { $0.name == "sharp" }.map { Self.json(of: $0) } ?? [])

  private static func json(of file: ChipFile) -> [UInt8] { (try? FileCoder.encode(file)) ?? [] }

  static func chipSeeds() throws -> [[UInt8]] { ChipFile.builtIn.map(json(of:)) }

  static func workloadSeeds() throws -> [[UInt8]] {
    [
      Array(
        """
        {"name": "a", "inputs": 8, "steps": 2, "layers": [{"kind": "eventGRU", "units": 8,
        "weightDensity": 0.1, "recurrentActivity": 0.2}, {"kind": "linearRecurrence", "states": 4,
        "inputActivity": 0.5}, {"kind": "gate"}, {"kind": "dense", "units": 10}]}
        """.utf8)
    ]
  }
}

/// Texts, compressed or not, and the words in them; tables.
enum TextTarget {
  static func run(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/text"
    try Scratch.write(bytes, to: path)
    let text = try TextFile.read(path)
    guard text.count < 1 << 22 else { return }
    let vocabulary = try Vocabulary(text: text, limit: 1000)
    _ = try vocabulary.encode(text)
  }

  static func labels(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/labels.tsv"
    try Scratch.write(bytes, to: path)
    _ = try StreamLabels(contentsOf: path)
  }

  static func seeds() throws -> [[UInt8]] {
    [
      Array("the cat sat on the mat\nthe dog sat\n".utf8),
      // gzip of "a a b\n"
      [
        0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x54, 0x48, 0x54, 0x48, 0xE2, 0x02, 0, 0xC6,
        0x26, 0x9C,
        0x3C, 6, 0, 0, 0,
      ],
    ]
  }

  static func labelSeeds() throws -> [[UInt8]] {
    [Array("word\tstart_s\tend_s\nlow\t1\t1.3\nhigh\t2\t2.5\n".utf8)]
  }
}

/// Sound files of all formats, and what is written of them.
enum SoundTarget {
  static func run(_ bytes: [UInt8]) throws {
    let path = "\(Scratch.folder)/sound"
    try Scratch.write(bytes, to: path)
    var reader = try SoundReader(path: path, strict: false)
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
