import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowTasks

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a model file of a PyTorch state dict.",
    discussion: """
      FILE is in safetensors, as `safetensors.torch.save_file(module.state_dict(), FILE)` writes \
      it. It holds neither the order of layers nor the functions between them: --layers says both, \
      such as

        --layers norm,lstm,relu,head,sigmoid

      Items are names of modules, functions (relu, tanh, sigmoid, and gelu for its approximation \
      by tanh), or NAME:KIND where the tensors do not say it: norm:layer or norm:rms, rnn:tanh or \
      rnn:relu. Known modules are LSTM, GRU, RNN and their cells, Linear, Conv1d with a kernel of \
      one, BatchNorm1d, LayerNorm and RMSNorm. Every tensor is used, or the import is refused.

      The Python package reads more: modules, ONNX, Keras, JAX, convolutions, residual sums.
      """)

  @Argument(help: "A safetensors file.")
  var file: String

  @Option(
    help: "The layers in order, with commas.",
    transform: { $0.split(separator: ",").map(String.init) })
  var layers: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Compare with outputs of the source: two .npy or safetensors files.",
      valueName: "inputs> <outputs"))
  var check: [String] = []

  @Option(help: "The largest error of a value that --check allows.")
  var tolerance: Float = 1e-4

  @OptionGroup var information: InformationOptions

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard check.isEmpty || check.count == 2 else {
      throw ValidationError("--check takes two files: inputs and outputs")
    }
    guard tolerance >= 0 else { throw ValidationError("--tolerance takes 0 or more") }
  }

  func run() throws {
    let bytes = try Files.read(file)
    var network: Network
    do {
      var dictionary = try StateDictionary(bytes)
      network = try dictionary.network(layers)
    } catch {
      throw FileError(path: file, reason: "\(error)")
    }
    information.add(to: &network)
    var summary = ImportSummary(
      output: output, inputWidth: network.inputWidth, outputWidth: network.outputWidth,
      layers: network.layers.map { "\($0.rule.title)" })
    if !check.isEmpty {
      let error = try largestError(of: network)
      summary.largestError = error
      guard error <= tolerance else {
        throw FileError(
          path: check[1],
          reason: "the network's outputs differ by up to \(error); --tolerance is \(tolerance). "
            + "Nothing was written")
      }
    }
    try Files.write(network.modelFile(), to: output)
    try format.write(summary, text: summary.text)
  }

  private func largestError(of network: Network) throws -> Float {
    let inputs = try NumberArray(contentsOf: check[0])
    let outputs = try NumberArray(contentsOf: check[1])
    let sequences = try inputs.sequences(width: network.inputWidth, path: check[0])
    let expected = try outputs.sequences(width: network.outputWidth, path: check[1])
    guard inputs.shape.dropLast() == outputs.shape.dropLast() else {
      throw FileError(
        path: check[1],
        reason: "its shape is \(NumberArray.text(outputs.shape)), for inputs of "
          + NumberArray.text(inputs.shape))
    }
    let plan = Plan(network, instructionSet: try InstructionSet.chosen())
    var largest: Float = 0
    for (frames, values) in zip(sequences, expected) {
      var stream = NetworkStream(plan)
      var output = [Float](repeating: 0, count: values.count)
      var span = output.mutableSpan
      stream.run(frames.span, into: &span)
      for (one, other) in zip(output, values) { largest = max(largest, abs(one - other)) }
    }
    return largest
  }
}

/// The result of `sparrow import`.
private struct ImportSummary: Encodable {
  var output: String
  var inputWidth: Int
  var outputWidth: Int
  var layers: [String]
  /// Missing without --check.
  var largestError: Float?

  var text: String {
    var lines = ["\(output.readable): \(inputWidth) values in, \(outputWidth) out"]
    lines += layers.map { "  \($0)" }
    if let largestError { lines.append("largest error \(largestError)") }
    return lines.joined(separator: "\n")
  }
}
