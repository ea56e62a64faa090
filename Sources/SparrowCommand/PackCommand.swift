import ArgumentParser
import Sparrow
import SparrowFiles

struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Write a network as a flat plan image for a device.",
    discussion: """
      The image needs no parsing and no copying: a device runs it in flash or in a mapped \
      file, at a multiple of 64 bytes. Documentation/PlanImages.md says how.

      Packing uses the kernels of the target's instruction set, so this processor must have \
      it. Processors without own kernels, such as microcontrollers, use scalar.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(name: .shortAndLong, help: "The image to write.")
  var output: String

  @Option(help: "The instruction set of the target: scalar, avx2, avx512, neon.")
  var instructionSet: String?

  @OptionGroup var weightOptions: WeightOptions

  @OptionGroup var format: OutputOptions

  func run() throws {
    let set =
      try instructionSet.map { try InstructionSet.named($0, by: "--instruction-set") }
      ?? InstructionSet.chosen()
    let network = try LoadedModel(path: model).network
    let weights = weightOptions.weights
    let plan = Plan(
      network, weights: weights, format: nil, ordersUnits: true, instructionSet: set)
    try Files.write(plan.withImage { Array($0) }, to: output)
    let summary = ImageSummary(plan, of: network, weights, path: output)
    try format.write(summary, text: summary.text)
  }
}

/// The result of `sparrow pack`.
struct ImageSummary: Encodable {
  var path: String
  var imageBytes: Int
  var alignment: Int
  var version: Int
  var arithmetic: String
  var instructionSet: String
  var layers: Int
  var inputWidth: Int
  var outputWidth: Int
  var stateBytes: Int
  var scratchBytes: Int
  /// The memory of a stream: state, scratch, and padding that lookups read.
  var streamBytes: Int

  init(_ plan: Plan, of network: Network, _ weights: WeightPrecision, path: String) {
    self.path = path
    imageBytes = plan.byteCount
    alignment = Plan.imageAlignment
    version = Plan.imageVersion
    // Weights of fewer bits are stored as bytes, too.
    arithmetic =
      network.quantization.map { "w8a\($0.scheme.activationBits)" }
      ?? (weights == .single ? "f32" : "f32, weights \(weights)")
    instructionSet = "\(plan.instructionSet.name)"
    layers = plan.layerCount
    inputWidth = plan.inputWidth
    outputWidth = plan.outputWidth
    stateBytes = 4 * plan.stateCount
    scratchBytes = 4 * plan.scratchCount
    streamBytes = plan.streamByteCount
  }

  var text: String {
    """
    \(path): \(grouped(imageBytes)) bytes, aligned to \(alignment); version \(version)
    \(arithmetic) for \(instructionSet), \(layers) layers, \(inputWidth) inputs and \
    \(outputWidth) outputs per frame
    a stream takes \(grouped(streamBytes)) bytes: state \(grouped(stateBytes)), scratch \
    \(grouped(scratchBytes)), padding \(grouped(streamBytes - stateBytes - scratchBytes))
    """
  }
}
