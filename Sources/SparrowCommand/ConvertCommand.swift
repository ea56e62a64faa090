import ArgumentParser
import Sparrow
import SparrowFiles

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Rewrite a model file in the current format.",
    discussion: """
      The network is the same bit for bit, unless --type asks for fewer bits: f16, bf16, or i8 \
      for matrices alone, with one scale per row. A fixed-point network has integers, and no \
      such choice; its hidden units are put in an order in which sparse matrices are packed \
      with less padding. With --order-units, those of other networks are too, and their sums \
      may be rounded differently.

      --trainable turns a fixed-point network into one of floats with the same values, which \
      `sparrow train --from` takes: to tune the embedded networks on recordings of one's own.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @Option(help: "The type of stored numbers: f64, f32, f16, bf16, i8. (default: f32)")
  var type: String?

  @Flag(help: "Put hidden units in an order in which sparse matrices are packed smaller.")
  var orderUnits = false

  @Flag(help: "Fixed-point networks: the same values in floats, for `sparrow train --from`.")
  var trainable = false

  @Option(
    help: """
      With --trainable: the maximum time constant that linear recurrences get for training, in \
      frames.
      """)
  var maximumTimeConstant: Float?

  @OptionGroup var information: InformationOptions

  @Option(help: "Spotters: the duration of smoothing of probabilities, in seconds.")
  var smoothing: Float?

  @Option(help: "Spotters: the smoothed probability at which a word is detected.")
  var threshold: Float?

  @Option(help: "Spotters: the time after a word without further detections, in seconds.")
  var refractoryTime: Float?

  @Option(help: "Event-based GRUs: a factor on their thresholds.")
  var scaleThresholds: Float?

  @OptionGroup var format: OutputOptions

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

  func validate() throws {
    _ = try elementType()
    if maximumTimeConstant != nil && !trainable {
      throw ValidationError("--maximum-time-constant is for --trainable")
    }
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    let type = try elementType()
    let isFixedPoint = model.network.quantization != nil
    guard type == nil || !isFixedPoint || trainable else {
      throw FileError(
        path: model.name, reason: "the network is in fixed point; --type is for those that are not")
    }
    guard isFixedPoint || !trainable else {
      throw FileError(
        path: model.name, reason: "the network is in floats; --trainable is for fixed point")
    }
    var network = try decisionApplied(to: model)
    if trainable {
      network = try network.trainableForm(maximumTimeConstant: maximumTimeConstant)
    }
    if let scaleThresholds { network = try network.scalingThresholds(by: scaleThresholds) }
    information.add(to: &network)
    if orderUnits || network.quantization != nil { network = network.orderedForLookups() }
    let bytes = network.modelFile(as: type ?? .float32)
    try Files.write(bytes, to: output)
    let summary = ConversionSummary(
      path: output, bytesBefore: model.byteCount, bytes: bytes.count,
      nonZeroWeights: network.nonZeroWeightCount)
    try format.write(summary, text: summary.text)
  }

  /// The network with the decision of the options.
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

/// The result of `sparrow convert`.
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
