import ArgumentParser
import Sparrow
import SparrowFiles

struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Write a network as the flat image that a device runs where it lies.",
    discussion: """
      The image needs no parsing and no copying: flash or a mapped file will do, at a multiple of 64 \
      bytes. Documentation/PlanImages.md says how to run it.

      Packing uses the kernels of the instruction set that the image is for, so it has to be one that \
      this processor has. For processors without kernels of their own, such as microcontrollers, that \
      is scalar.
      """)

  @Argument(help: "A model file; the embedded denoiser without it.")
  var model: String?

  @Option(name: .shortAndLong, help: "The image to write.")
  var output: String

  @Option(help: "Instructions that the image is to be fast with: scalar, avx2, avx512, neon.")
  var instructionSet: String?

  @OptionGroup var weightOptions: WeightOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let set =
      try instructionSet.map { try InstructionSet.named($0, by: "--instruction-set") }
      ?? InstructionSet.chosen()
    let network = try LoadedModel(path: model).network
    let weights = weightOptions.weights
    let plan = Plan(network, weights: weights, instructionSet: set)
    try Files.write(plan.withImage { Array($0) }, to: output)
    let summary = ImageSummary(plan, of: network, weights, path: output)
    try show(json ? try jsonText(summary) : summary.text)
  }
}

/// What an image takes. The properties are the keys in JSON, in snake case.
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
  /// All that a stream allocates: state, scratch, and room for lookups to read beyond.
  var streamBytes: Int

  init(_ plan: Plan, of network: Network, _ weights: WeightPrecision, path: String) {
    self.path = path
    imageBytes = plan.byteCount
    alignment = Plan.imageAlignment
    version = Plan.imageVersion
    // Narrower weights are stored as bytes, too.
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
    \(arithmetic) for \(instructionSet), \(layers) layers, \(inputWidth) values in, \(outputWidth) out a \
    frame
    a stream takes \(grouped(streamBytes)) bytes: state \(grouped(stateBytes)), scratch \
    \(grouped(scratchBytes)), room to read beyond \(grouped(streamBytes - stateBytes - scratchBytes))
    """
  }
}
