import ArgumentParser
import Sparrow
import SparrowFiles

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model file anew, in the form that this version writes.",
    discussion: """
      Files of older versions become smaller so. The network stays the same to the bit, unless numbers \
      are to be stored in fewer bits (--type f16, bf16 or, matrices alone and with a scale a row, i8). \
      What a network in fixed point has are integers; it has no such choice.
      """)

  @Argument(help: "A model file; the embedded denoiser without it.")
  var model: String?

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @Option(help: "How numbers are stored: f64, f32, f16, bf16, i8. (default: f32)")
  var type: String?

  @OptionGroup var information: InformationOptions

  @Option(help: "Of a spotter: seconds over which probabilities are averaged.")
  var smoothing: Float?

  @Option(help: "Of a spotter: the averaged probability from which a word counts as heard.")
  var threshold: Float?

  @Option(help: "Of a spotter: seconds after a word in which no other is heard.")
  var refractoryTime: Float?

  @Option(help: "Of event-based units: what their thresholds are multiplied by.")
  var scaleThresholds: Float?

  @Flag(help: "Print one JSON object.")
  var json = false

  private func elementType() throws -> SafeTensors.ElementType? {
    guard let type else { return nil }
    let types: [SafeTensors.ElementType] = [
      .float64, .float32, .float16, .bfloat16, .int8,
    ]
    guard let match = types.first(where: { $0.rawValue.lowercased() == type }) else {
      throw ValidationError("--type is \"\(type)\"; expected f64, f32, f16, bf16 or i8")
    }
    return match
  }

  func validate() throws { _ = try elementType() }

  func run() throws {
    let model = try LoadedModel(path: model)
    let type = try elementType()
    guard type == nil || model.network.quantization == nil else {
      throw FileError(
        path: model.name, reason: "the network is in fixed point; --type is for those that are not")
    }
    var network = try decisionApplied(to: model)
    if let scaleThresholds { network = try network.scalingThresholds(by: scaleThresholds) }
    information.add(to: &network)
    let bytes = network.modelFile(as: type ?? .float32)
    try Files.write(bytes, to: output)
    let summary = ConversionSummary(
      path: output, bytesBefore: model.byteCount, bytes: bytes.count,
      nonZeroWeights: network.matrixDescriptions.reduce(0) {
        $0 + network.nonZeroCount(of: $1)
      })
    try show(json ? try jsonText(summary) : summary.text)
  }

  /// The network with what the options say of its decision.
  private func decisionApplied(to model: LoadedModel) throws -> Network {
    guard smoothing != nil || threshold != nil || refractoryTime != nil else {
      return model.network
    }
    guard var frontEnd = model.network.keywordFrontEnd else {
      throw FileError(
        path: model.name,
        reason:
          "the network spots no keywords; --smoothing, --threshold and --refractory-time are for "
          + "those that do")
    }
    frontEnd.smoothing = smoothing ?? frontEnd.smoothing
    frontEnd.threshold = threshold ?? frontEnd.threshold
    frontEnd.refractoryTime = refractoryTime ?? frontEnd.refractoryTime
    var network = model.network
    network.frontEnd = .keywords(frontEnd)
    try Network.validate(
      inputWidth: network.inputWidth, layers: network.layers, frontEnd: network.frontEnd)
    return network
  }
}

/// The properties are the keys in JSON, in snake case.
private struct ConversionSummary: Encodable {
  var path: String
  var bytesBefore: Int
  var bytes: Int
  var nonZeroWeights: Int

  var text: String {
    """
    \(path): \(grouped(bytes)) bytes, \(fixed(Double(bytes) / Double(max(nonZeroWeights, 1)))) a \
    non-zero weight; it had \(grouped(bytesBefore))
    """
  }
}
