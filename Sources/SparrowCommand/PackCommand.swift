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

      Any machine packs for any other. Processors without own kernels use scalar; for \
      microcontrollers, --processor cortex-m chooses what is small and fast there; processors \
      with AVX-512 differ by their makers.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(name: .shortAndLong, help: "The image to write.")
  var output: String

  @Option(help: "The instruction set of the target: scalar, wasm, neon, neon_i8mm, avx2, avx512.")
  var instructionSet: String?

  @Option(help: "The kind of processor of the target, instead: cortex-m, amd, intel (AVX-512).")
  var processor: String?

  @OptionGroup var weightOptions: WeightOptions

  @OptionGroup var format: OutputOptions

  func run() throws {
    let processor = try processor.map { name in
      guard let processor = Processor(rawValue: name) else {
        let known = Processor.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--processor is \"\(name)\"; expected \(known)")
      }
      guard instructionSet == nil || instructionSet == "\(processor.instructionSet.name)" else {
        throw ValidationError(
          "a \(name) has the instruction set \(processor.instructionSet.name), "
            + "not \(instructionSet ?? "")")
      }
      return processor
    }
    let set =
      try processor?.instructionSet ?? instructionSet.map {
        try InstructionSet.named($0, by: "--instruction-set", hasToRun: false)
      }
      ?? InstructionSet.chosen()
    let model = try LoadedModel(path: model)
    let network = model.network
    let weights = weightOptions.weights
    try weightOptions.check(network, name: model.name)
    let image = network.planImage(
      for: set, weights: weights, ordersUnits: true, processor: processor)
    try Files.write(image, to: output)
    let summary = try ImageSummary(image, for: set, of: network, weights, path: output)
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

  init(
    _ image: [UInt8], for instructionSet: InstructionSet, of network: Network,
    _ weights: WeightPrecision, path: String
  ) throws {
    self.path = path
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: image.count, alignment: Plan.imageAlignment)
    defer { memory.deallocate() }
    memory.copyBytes(from: image)
    let plan = try Plan(reading: UnsafeRawBufferPointer(memory), packedFor: instructionSet)
    imageBytes = plan.byteCount
    alignment = Plan.imageAlignment
    version = Plan.imageVersion
    // Weights of fewer bits are stored as bytes, too.
    arithmetic =
      network.quantization.map { "w8a\($0.scheme.activationBits)" }
      ?? (weights == .single ? "f32" : "f32, weights \(weights)")
    self.instructionSet = "\(instructionSet.name)"
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
