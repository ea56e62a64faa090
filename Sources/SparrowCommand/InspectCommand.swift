import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowReports

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print the layers, size and cost per frame of a network.",
    discussion: """
      MACs are multiply-accumulates of matrices, where a complex weight counts as two: a dense \
      matrix has one per weight and frame, a sparse one as many as it has non-zero weights. \
      Zeros among activations depend on the signal; `sparrow evaluate` counts them. The state \
      is what a stream keeps from frame to frame.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(
    help: ArgumentHelp(
      "Write a page with a picture of each matrix, the time of a step here and the cost on chips, "
        + "and its numbers as FILE.html.json.", valueName: "file.html"))
  var html: String?

  @OptionGroup var format: OutputOptions

  func run() throws {
    let model = try LoadedModel(path: model)
    if let html { try writePage(of: model, to: html) }
    let description = NetworkSummary(
      model.network, name: model.name, byteCount: model.byteCount)
    try format.write(description, text: description.text)
  }
}

extension InspectCommand {
  private func writePage(of model: LoadedModel, to path: String) throws {
    let comparison = ChipComparison(
      try SimulatedModel(model, input: nil, seconds: 1, steps: 1, isDense: false),
      options: ChipReport.Options(schedule: .unfolded, mode: .fallThrough, placement: .fastest))
    let chips =
      comparison.chips.map {
        NetworkReport.ChipCost(chip: $0.chip, latencyS: $0.latencyS, energyJ: $0.energyJ)
      }
      + comparison.refusals.map {
        NetworkReport.ChipCost(chip: $0.chip, latencyS: nil, energyJ: nil, refusal: $0.reason)
      }
    let card = model.network.information["card"].flatMap { card in
      try? Files.read(card, limit: FileLimits.description)
    }
    try NetworkReport(
      model.network, name: model.name, fileBytes: model.byteCount, chips: chips,
      instructionSet: try InstructionSet.chosen(),
      card: card.map { String(decoding: $0, as: UTF8.self) }
    ).write(to: path, model.network)
  }
}

/// The result of `sparrow inspect`. In JSON, the keys of the size are beside the others.
struct NetworkSummary: Encodable {
  struct LayerSummary: Encodable {
    var path: String
    var kind: String
    var shape: [Int]
    var parameters: Int
    var nonZeroParameters: Int
  }

  struct MatrixSummary: Encodable {
    var name: String
    var rows: Int
    var columns: Int
    var denseMacsPerFrame: Int
    var nonZeroWeightMacsPerFrame: Int
  }

  struct Description: Encodable {
    var name: String
    var information: [String: String]
    var inputWidth: Int
    var outputWidth: Int
    var layers: [LayerSummary]
    var matrices: [MatrixSummary]
    var denseMacsPerFrame: Int
    var nonZeroWeightMacsPerFrame: Int
    var fileBytes: Int
    /// "f32", or bits of weights and activations in fixed point, as in "w8a16".
    var arithmetic: String
  }

  let description: Description
  let size: NetworkSize
  let frontEnd: FrontEndSummary?

  init(_ network: Network, name: String, byteCount: Int) {
    let matrices = network.matrixDescriptions.map { matrix in
      MatrixSummary(
        name: matrix.name, rows: matrix.rows, columns: matrix.columns,
        denseMacsPerFrame: matrix.count,
        nonZeroWeightMacsPerFrame: network.nonZeroCount(of: matrix))
    }
    description = Description(
      name: name, information: network.information, inputWidth: network.inputWidth,
      outputWidth: network.outputWidth,
      layers: network.summaries(
        of: network.layers.placed(inputWidth: network.inputWidth, path: "")),
      matrices: matrices,
      denseMacsPerFrame: matrices.reduce(0) { $0 + $1.denseMacsPerFrame },
      nonZeroWeightMacsPerFrame: matrices.reduce(0) { $0 + $1.nonZeroWeightMacsPerFrame },
      fileBytes: byteCount, arithmetic: network.quantization?.scheme.name ?? "f32")
    size = NetworkSize(network, plan: Plan(network))
    frontEnd = network.frontEnd.map(FrontEndSummary.init)
  }

  func encode(to encoder: any Encoder) throws {
    try description.encode(to: encoder)
    try size.encode(to: encoder)
    try frontEnd?.encode(to: encoder)
  }

  var text: String {
    var lines = [
      "\(description.name): \(description.inputWidth) inputs and \(description.outputWidth) "
        + "outputs per frame, \(description.arithmetic)"
    ]
    for (key, value) in description.information.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(key): \(value)")
    }
    let layers = description.layers.map { layer in
      [
        "\(layer.path) \(layer.kind)", layer.shape.map(String.init).joined(separator: "→"),
        grouped(layer.parameters), grouped(layer.nonZeroParameters),
      ]
    }
    let layerSums = ["total", "", grouped(size.parameters), grouped(size.nonZeroParameters)]
    lines.append(table(["layer", "width", "parameters", "non-zero"], layers + [layerSums]))
    let matrices = description.matrices.map { matrix in
      [
        matrix.name, "\(matrix.rows)×\(matrix.columns)", grouped(matrix.denseMacsPerFrame),
        grouped(matrix.nonZeroWeightMacsPerFrame),
        percent(Double(matrix.nonZeroWeightMacsPerFrame) / Double(matrix.denseMacsPerFrame)),
      ]
    }
    let matrixSums = [
      "total", "", grouped(description.denseMacsPerFrame),
      grouped(description.nonZeroWeightMacsPerFrame), percent(1 - size.sparsity),
    ]
    lines.append("")
    lines.append(
      table(
        ["matrix", "size", "MACs/frame", "of non-zero weights", "density"],
        matrices + [matrixSums]))
    lines.append("")
    lines.append(
      "model file \(grouped(description.fileBytes)) bytes, non-zero weights and vectors "
        + "\(grouped(size.modelBytes)), packed for this machine \(grouped(size.planBytes)), "
        + "state \(grouped(size.stateBytes))")
    return (lines + (frontEnd?.lines ?? [])).joined(separator: "\n")
  }
}

/// The frames and outputs of a front end.
struct FrontEndSummary: Encodable {
  private let sound: SoundFrames?
  private let framesPerSecond: Double?
  private let names: OutputNames?

  init(_ frontEnd: FrontEnd) {
    sound = frontEnd.sound
    framesPerSecond = frontEnd.framesPerSecond
    names = frontEnd.names
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    func key(_ name: String) -> Key { Key(stringValue: name) }
    try values.encodeIfPresent(sound?.sampleRate, forKey: key("sampleRate"))
    try values.encodeIfPresent(framesPerSecond, forKey: key("framesPerSecond"))
    try values.encodeIfPresent(
      sound.map { 1000 * $0.latency }, forKey: key("algorithmicLatencyMs"))
    guard let names else { return }
    if names.areShown {
      try values.encode(names.names, forKey: key(names.title))
    } else {
      try values.encode(names.names.count, forKey: key("\(names.title)Words"))
    }
  }

  var lines: [String] {
    let rate = framesPerSecond.map { "\(fixed($0, 1)) frames per second" }
    let frames = [
      sound.map { "\($0.sampleRate) Hz" }, rate,
      sound.map { "algorithmic latency \(fixed(1000 * $0.latency, 0)) ms" },
    ].compactMap { $0 }.joined(separator: ", ")
    let outputs = names.map {
      $0.areShown
        ? "\($0.title): " + $0.names.joined(separator: ", ")
        : "a \($0.title) of \(grouped($0.names.count)) words"
    }
    return [frames, outputs ?? ""].filter { !$0.isEmpty }
  }
}

extension Network {
  fileprivate func summaries(
    of places: [(layer: Layer, path: String, width: Int)]
  ) -> [NetworkSummary.LayerSummary] {
    places.flatMap { layer, path, width -> [NetworkSummary.LayerSummary] in
      let branch = layer.rule.branch
      if !branch.isEmpty {
        return summaries(of: branch.placed(inputWidth: width, path: path))
      }
      var summary = NetworkSummary.LayerSummary(
        path: path, kind: layer.rule.title, shape: [width, layer.outputWidth(for: width)],
        parameters: 0, nonZeroParameters: 0)
      if case .linearRecurrence(let recurrence) = layer {
        summary.shape = [width, recurrence.states, width]
      }
      for parameter in layer.parameters(inputWidth: width, path: path)
      where parameter.role != .statistic {
        summary.parameters += parameter.count
        summary.nonZeroParameters += self[parameter.name].nonZeroCount
      }
      return [summary]
    }
  }
}
