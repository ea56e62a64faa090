import ArgumentParser
import Sparrow

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print what a network consists of and what a frame of it costs.",
    discussion: """
      MACs are multiply-accumulates of matrices, a complex weight counting as two; a network does the \
      non-zero ones where no activation is zero. `sparrow denoise` counts what was really done. The \
      state is what has to be kept from frame to frame.
      """)

  @Argument(help: "A model file; the embedded denoiser without it.")
  var model: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let model = try LoadedModel(path: model)
    let description = NetworkSummary(
      model.network, name: model.name, byteCount: model.byteCount)
    print(json ? try jsonText(description) : description.text)
  }
}

/// A network in numbers. The properties are the keys in JSON, in snake case.
struct NetworkSummary: Encodable {
  struct LayerSummary: Encodable {
    var path: String
    var kind: String
    var shape: [Int]
    var parameters: Int
    var nonZeros: Int
    var macsPerFrame: Int
    var nonZeroMacsPerFrame: Int
  }

  var name: String
  var information: [String: String]
  var inputWidth: Int
  var outputWidth: Int
  var layers: [LayerSummary]
  var parameters: Int
  var nonZeros: Int
  var fileBytes: Int
  var planBytes: Int
  var stateBytes: Int
  var macsPerFrame: Int
  var nonZeroMacsPerFrame: Int
  var sampleRate: Int?
  var framesPerSecond: Double?
  var algorithmicLatencyMs: Double?

  init(_ network: Network, name: String, byteCount: Int) {
    self.name = name
    information = network.information
    inputWidth = network.inputWidth
    outputWidth = network.outputWidth
    let layers = network.summaries(
      of: network.layers.placed(inputWidth: network.inputWidth, path: ""))
    func total(_ value: (LayerSummary) -> Int) -> Int { layers.reduce(0) { $0 + value($1) } }
    self.layers = layers
    parameters = total(\.parameters)
    nonZeros = total(\.nonZeros)
    macsPerFrame = total(\.macsPerFrame)
    nonZeroMacsPerFrame = total(\.nonZeroMacsPerFrame)
    fileBytes = byteCount
    let plan = Plan(network)
    planBytes = plan.byteCount
    stateBytes = 4 * plan.stateValueCount
    if let frontEnd = network.frontEnd {
      sampleRate = frontEnd.sampleRate
      framesPerSecond = Double(frontEnd.sampleRate) / Double(frontEnd.hop)
      algorithmicLatencyMs = 1000 * frontEnd.latency
    }
  }

  var text: String {
    var lines = ["\(name): \(inputWidth) values in, \(outputWidth) out a frame"]
    for (key, value) in information.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(key): \(value)")
    }
    let rows = layers.map { layer in
      [
        "\(layer.path) \(layer.kind)", layer.shape.map(String.init).joined(separator: "→"),
        grouped(layer.parameters), grouped(layer.nonZeros), grouped(layer.macsPerFrame),
        grouped(layer.nonZeroMacsPerFrame),
      ]
    }
    let sums = [
      "total", "", grouped(parameters), grouped(nonZeros), grouped(macsPerFrame),
      grouped(nonZeroMacsPerFrame),
    ]
    lines.append(
      table(
        ["layer", "width", "parameters", "non-zero", "MACs/frame", "non-zero MACs"],
        rows + [sums]))
    lines.append(
      "model file \(grouped(fileBytes)) bytes, packed for this machine \(grouped(planBytes)), "
        + "state \(grouped(stateBytes))")
    if let sampleRate, let framesPerSecond, let algorithmicLatencyMs {
      lines.append(
        "\(sampleRate) Hz, \(fixed(framesPerSecond, 1)) frames a second, algorithmic latency "
          + "\(fixed(algorithmicLatencyMs, 0)) ms")
    }
    return lines.joined(separator: "\n")
  }
}

extension Network {
  fileprivate func summaries(
    of places: [(layer: Layer, path: String, width: Int)]
  ) -> [NetworkSummary.LayerSummary] {
    places.flatMap { layer, path, width -> [NetworkSummary.LayerSummary] in
      if case .residual(let inner) = layer {
        return summaries(of: inner.placed(inputWidth: width, path: path))
      }
      let parameters = layer.parameters(inputWidth: width, path: path)
      var summary = NetworkSummary.LayerSummary(
        path: path, kind: layer.kind, shape: [width, layer.outputWidth(for: width)],
        parameters: 0, nonZeros: 0, macsPerFrame: 0, nonZeroMacsPerFrame: 0)
      if case .linearRecurrence(let recurrence) = layer {
        summary.shape = [width, recurrence.states, width]
      }
      for parameter in parameters where parameter.role != .statistic {
        let tensor = self[parameter.name]
        summary.parameters += tensor.count
        summary.nonZeros += tensor.nonZeroCount
        if parameter.role == .weight || parameter.role == .stateSpaceMatrix {
          summary.macsPerFrame += tensor.count
          summary.nonZeroMacsPerFrame += tensor.nonZeroCount
        }
      }
      return [summary]
    }
  }
}

extension Layer {
  fileprivate var kind: String {
    switch self {
    case .dense: "dense"
    case .normalization: "normalization"
    case .linearRecurrence: "linear recurrence"
    case .activation(let function): function.rawValue
    case .gate: "gate"
    case .residual: "residual"
    }
  }
}
