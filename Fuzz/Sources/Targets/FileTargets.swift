import Sparrow
import SparrowAudio
import SparrowHardware
import SparrowModels
import SparrowSoundFiles
import SparrowTasks
import SparrowText
import SparrowTraining

/// Chips and workloads: what is accepted is simulated, chips of all families and workloads on all
/// embedded chips.
enum ChipTarget {
  static func chip(_ bytes: [UInt8]) throws {
    try simulate(small, on: try Chip(try ChipFile(json: bytes, source: "input")))
  }

  static func workload(_ bytes: [UInt8]) throws {
    let workload = try Workload(json: bytes, source: "input")
    // A minute is allowed, which is long for one input of many.
    guard Double(workload.steps) * Double(workload.denseMACs) < 1e6 else { return }
    // A workload that is too large for one chip may fit on another.
    for chip in chips { try? simulate(workload, on: chip) }
  }

  private static func simulate(_ workload: Workload, on chip: Chip) throws {
    switch chip {
    case .array(let array): _ = try array.simulate(workload)
    case .matrixVectorEngine(let engine): _ = try engine.simulate(workload)
    case .gpu(let gpu): _ = try gpu.simulate(workload)
    case .neurocores(let cores):
      var simulation = try NeurocoreSimulation(network, on: cores)
      _ = simulation.run([[Int]](repeating: [3, -1, 2], count: 2))
    }
  }

  private static let network = integers()
  private static let chips = ChipFile.builtIn.compactMap { try? Chip($0) }

  /// A small network in fixed point, for neuron cores.
  private static func integers() -> Network {
    do {
      return try SmallNetworks.integers(SmallNetworks.bare()[0])
    } catch {
      preconditionFailure("the small network has a fixed-point form: \(error)")
    }
  }

  private static let small = Workload(
    name: "small", layers: [.lstm("lstm", inputs: 8, units: 8)], steps: 2)
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

  /// `mixtures.tsv` beside a recording.
  static func mixtures(_ bytes: [UInt8]) throws {
    _ = pair
    try Scratch.write(bytes, to: "\(Scratch.folder)/mixtures.tsv")
    _ = try DenoisingEvaluation(plan).run(folder: Scratch.folder, workers: Workers(count: 1))
  }

  private static let plan = Plan(EmbeddedModel.denoiser.network)

  /// A recording of a few frames, in `noisy/` and `clean/`.
  private static let pair: Void = {
    let sound = Sound(
      sampleRate: evaluationRate, channels: [(0..<300).map { Float($0 % 50) / 50 - 0.5 }])
    for name in ["noisy", "clean"] {
      Scratch.makeFolder(name)
      do { try sound.write(to: "\(Scratch.folder)/\(name)/a.wav") } catch {
        preconditionFailure("the recording is written: \(error)")
      }
    }
  }()

  private static let evaluationRate = EmbeddedModel.denoiser.network.spectralFrontEnd!.sampleRate

  static func mixtureSeeds() throws -> [[UInt8]] {
    [Array("id\tsnr_db\na\t2.5\n".utf8), Array("snr_db\tid\tnoise\n-5\ta\tcar\n".utf8)]
  }

  static func seeds() throws -> [[UInt8]] {
    [
      Array("the cat sat on the mat\nthe dog sat\n".utf8),
      GzipMutator.stored(Array("a a b\n".utf8)),
    ]
  }

  static func labelSeeds() throws -> [[UInt8]] {
    [Array("word\tstart_s\tend_s\nlow\t1\t1.3\nhigh\t2\t2.5\n".utf8)]
  }
}
