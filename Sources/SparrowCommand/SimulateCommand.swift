import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowHardware
import SparrowReports
import SparrowTasks

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Simulate the cost of a network on chips.",
    discussion: """
      Without --chip, all embedded chips are compared; `sparrow chips` lists them. Every \
      number is simulated.

      The density of activations depends on the sound: --input names a recording. Without it, \
      activations count as dense on arrays and graphics processors, and neuron cores get \
      random frames. Neuron cores compute the integers of the network, so it must be in fixed \
      point.

      Frames are streamed one at a time; with --steps, that many are known at once, and each \
      layer computes all of them before the next one. Cycles of neuron cores are their time \
      steps.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(help: "The name of a chip or the path of a chip file.")
  var chip: String?

  @Option(help: "A JSON file with shapes of layers (Documentation/Chips.md) instead of a network.")
  var workload: String?

  @Option(help: "A recording as input.")
  var input: String?

  @Option(help: "The maximum duration that is used of it, in seconds.")
  var seconds = 4.0

  @Option(
    help: "Arrays of multipliers: sequential, batch, intergate or unfolded (default: unfolded).")
  var schedule: Schedule?

  @Option(
    help: """
      Neuron cores: fallThrough (lowest latency) or pipelined (highest throughput) (default: \
      fallThrough).
      """)
  var mode: NeurocoreSimulation.Mode?

  @Option(help: "Neuron cores: fastest or fewestCores (default: fastest).")
  var placement: Placement.Policy?

  @Option(
    help: """
      All but neuron cores: frames that are known at once (default: 1, or those of the workload).
      """)
  var steps: Int?

  @Flag(help: "All but neuron cores: do not skip zeros.")
  var dense = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: "Set a parameter of the chip, NAME=VALUE; may be given more than once.")
  var settings: [String] = []

  @Option(
    help:
      "Write an SVG figure of the first recurrent layer's steps on SHARP under each schedule.")
  var timeline: String?

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard steps ?? 1 > 0 else { throw ValidationError("--steps takes 1 or more") }
    guard seconds > 0 else { throw ValidationError("--seconds takes more than 0") }
    guard workload == nil || (model == nil && input == nil && !dense) else {
      throw ValidationError("--workload stands in place of a model, --input and --dense")
    }
    guard chip != nil || settings.isEmpty else {
      throw ValidationError("--set needs a --chip whose parameter it is")
    }
  }

  func run() throws {
    let subject =
      try workload.map { try SimulatedModel(workload: $0, steps: steps) }
      ?? SimulatedModel(
        LoadedModel(path: model), input: input, seconds: seconds, steps: steps ?? 1,
        isDense: dense)
    if let timeline { try writeTimeline(of: subject, to: timeline) }
    guard let chip else {
      let comparison = ChipComparison(subject, options: options)
      try format.write(comparison, text: comparison.text)
      return
    }
    let simulated = try Chip(try changed(ChipFile(nameOrPath: chip)))
    try checkOptions(for: simulated, name: chip)
    let report = try ChipReport(subject, on: simulated, options)
    try format.write(report, text: report.text)
  }

  /// - Throws: where an option is given that the chip has no use for.
  private func checkOptions(for chip: Chip, name: String) throws {
    let array = [("--schedule", schedule != nil)]
    let cores = [("--mode", mode != nil), ("--placement", placement != nil)]
    let frames = [("--steps", steps != nil && workload == nil), ("--dense", dense)]
    let unused: [(String, Bool)] =
      switch chip {
      case .array: cores
      case .neurocores: array + frames
      default: array + cores
      }
    if let option = unused.first(where: \.1) {
      throw ValidationError("\(option.0) has no effect on \(name)")
    }
  }

  private var options: ChipReport.Options {
    ChipReport.Options(
      schedule: schedule ?? .unfolded, mode: mode ?? .fallThrough, placement: placement ?? .fastest)
  }

  private func changed(_ file: ChipFile) throws -> ChipFile {
    try settings.reduce(file) { file, setting in
      let parts = setting.split(separator: "=", omittingEmptySubsequences: false)
      let values = parts.count == 2 ? parts[1].split(separator: ",").map { Double($0) } : [nil]
      guard !values.isEmpty, !values.contains(nil) else {
        throw ValidationError("--set is \"\(setting)\"; expected NAME=VALUE, VALUE being a number")
      }
      return try file.setting(String(parts[0]), to: values.compactMap { $0 })
    }
  }

  private func writeTimeline(of subject: SimulatedModel, to path: String) throws {
    let name = chip ?? "sharp"
    guard case .array(let array) = try Chip(try changed(ChipFile(nameOrPath: name))) else {
      throw ValidationError("--timeline is for arrays of multipliers; \(name) is none")
    }
    let products = subject.workload.layers.flatMap(\.products)
    let product =
      products.first { $0.recurrentInputs > 0 } ?? products.first { $0.hasCell } ?? products[0]
    let timelines = try (array.isReconfigurable ? Schedule.allCases : [.intergate]).map {
      try array.timeline(of: product, steps: 3, schedule: $0)
    }
    let figure = Timeline.figure(
      timelines, title: "\(product.name) of \(subject.name) on \(name): three steps")
    try Files.write(Array(figure.utf8), to: path)
  }
}

/// A network, its workload and its input.
struct SimulatedModel {
  let name: String
  /// The network; nil if there are only shapes.
  let network: Network?
  let workload: Workload
  /// Input frames for chips that compute.
  let frames: [[Float]]
  /// The number of simulated sequences, to average over random zeros.
  let sequences: Int

  /// - Parameter path: A file with shapes of layers.
  init(workload path: String, steps: Int?) throws {
    var workload = try Workload(json: Files.read(path, limit: FileLimits.description), source: path)
    if let steps { workload.steps = steps }
    name = workload.name
    network = nil
    frames = []
    sequences = 1
    self.workload = workload
  }

  init(
    _ model: LoadedModel, input: String?, seconds: Double, steps: Int, isDense: Bool
  ) throws {
    name = model.name
    let network = model.network
    self.network = network
    var activity: [String: Double] = [:]
    let width = network.inputWidth
    let values: [Float]
    if let input {
      activity = try model.activity(on: input, seconds: seconds)
      values = try model.frames(of: input, seconds: seconds)
    } else {
      var random = RandomFrames()
      values = (0..<64 * width).map { _ in random.next() }
    }
    frames = stride(from: 0, to: values.count, by: width).map {
      Array(values[$0..<$0 + width])
    }
    sequences = activity.isEmpty || isDense ? 1 : max(1, 32 / steps)
    workload = try Workload(
      network, name: model.name, steps: steps, activity: activity, isDense: isDense)
  }
}

/// Random numbers from -1 to 1, the same in every run.
private struct RandomFrames {
  private var state: UInt32 = 1

  mutating func next() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 23) - 1
  }
}
