import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowHardware
import SparrowTasks

struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Tell what a network would cost on a chip.",
    discussion: """
      Without --chip, all chips that come with Sparrow are compared; `sparrow chips` lists them. Every number \
      is simulated.

      How many activations are zero depends on the sound: --input names a recording. Without it, arrays and \
      graphics processors are told that none is, and neuron cores get random frames. Neuron cores compute the \
      network's integers, so it has to be in fixed point.

      A frame comes at a time; with --steps, so many are known at once, and a layer computes all of them \
      before the next one begins. Cycles of neuron cores are their time steps.
      """)

  @Argument(help: "A model file; the embedded denoiser without it.")
  var model: String?

  @Option(help: "A chip's name, or the path of its file.")
  var chip: String?

  @Option(help: "Shapes of layers in place of a network (JSON); see Documentation/Chips.md.")
  var workload: String?

  @Option(help: "A recording that the network is to work on.")
  var input: String?

  @Option(help: "The longest piece of it that is taken, in seconds.")
  var seconds = 4.0

  @Option(help: "sequential, batch, intergate or unfolded; for SHARP.")
  var schedule: Schedule = .unfolded

  @Option(help: "fallThrough (least latency) or pipelined (most frames); for neuron cores.")
  var mode: NeurocoreSimulation.Mode = .fallThrough

  @Option(help: "fastest or fewestCores; for neuron cores.")
  var placement: Placement.Policy = .fastest

  @Option(help: "Frames that are known at once; 1, or what the workload says, without it.")
  var steps: Int?

  @Flag(help: "Take zeros for other numbers.")
  var dense = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: "Another value of a chip's parameter, NAME=VALUE; may be given more than once.")
  var settings: [String] = []

  @Option(
    help:
      "Write a picture of the first recurrent layer's steps on SHARP, schedule by schedule (SVG).")
  var timeline: String?

  @Flag(help: "Print one JSON object.")
  var json = false

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
      try show(json ? try jsonText(comparison) : comparison.text)
      return
    }
    let report = try ChipReport(
      subject, on: Chip(try changed(ChipFile(nameOrPath: chip))), options)
    try show(json ? try jsonText(report) : report.text)
  }

  private var options: ChipReport.Options {
    ChipReport.Options(schedule: schedule, mode: mode, placement: placement)
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

/// A network, as shapes and as what it works on.
struct SimulatedModel {
  let name: String
  /// Nil where there are only shapes.
  let network: Network?
  let workload: Workload
  /// Frames for chips that compute.
  let frames: [[Float]]
  /// How many sequences are to be simulated, so that random zeros average out.
  let sequences: Int

  /// - Parameter path: of a file with shapes of layers.
  init(workload path: String, steps: Int?) throws {
    var workload = try Workload(json: Files.read(path), source: path)
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
      let (plan, frontEnd) = try model.denoiser()
      activity = try DenoisingActivity.measure(
        network, plan: plan, frontEnd: frontEnd, sound: input, seconds: seconds)
      values = try DenoisingFrames.frames(of: input, frontEnd, seconds: seconds)
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

/// Numbers from -1 to 1, the same in every run.
private struct RandomFrames {
  private var state: UInt32 = 1

  mutating func next() -> Float {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 23) - 1
  }
}
