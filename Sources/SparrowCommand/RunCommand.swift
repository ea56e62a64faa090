import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run any network on frames of numbers.",
    discussion: """
      INPUT is a NumPy array (.npy) or a safetensors file, of shape [frames, width] or [sequences, \
      frames, width]; every sequence begins with a fresh state. OUTPUT has the same axes. An \
      OUTPUT that ends in .safetensors is one, with a tensor "output"; others are .npy.

      -: raw 32-bit little-endian floats, frame by frame, from standard input to standard output, \
      for as long as they come.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "A .npy or .safetensors file, or - for raw floats on standard input.")
  var input: String

  @Option(name: .shortAndLong, help: "The file to write (default with -: standard output).")
  var output: String?

  @Option(help: "The tensor of a safetensors INPUT with several.")
  var tensor: String?

  @OptionGroup var weights: WeightOptions

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard input == "-" || output != nil else { throw ValidationError("--output is missing") }
    guard input != "-" || (output ?? "-") == "-" else {
      throw ValidationError("frames from standard input go to standard output")
    }
    guard input == "-" || output != "-" else {
      throw ValidationError("only frames from standard input go to standard output")
    }
    guard input != "-" || !format.json else {
      throw ValidationError("--json has no place where frames go to standard output")
    }
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    try weights.check(model.network, name: model.name)
    let plan = Plan(
      model.network, weights: weights.weights, instructionSet: try InstructionSet.chosen())
    guard let output, input != "-" else { return try pass(plan) }
    let frames = try NumberArray(contentsOf: input, tensor: tensor)
    let sequences = try frames.sequences(width: plan.inputWidth, path: input)
    var times = StepTimes()
    var values: [Float] = []
    values.reserveCapacity(frames.values.count / plan.inputWidth * plan.outputWidth)
    var frame = [Float](repeating: 0, count: plan.outputWidth)
    var stream = NetworkStream(plan)
    for sequence in sequences {
      stream.reset()
      for start in stride(from: 0, to: sequence.count, by: plan.inputWidth) {
        let begin = ContinuousClock.now
        var span = frame.mutableSpan
        stream.step(sequence.span.extracting(start..<start + plan.inputWidth), into: &span)
        times.add(ContinuousClock.now - begin)
        values += frame
      }
    }
    let shape = frames.shape.dropLast() + [plan.outputWidth]
    try NumberArray(shape: Array(shape), values: values).write(to: output)
    let summary = RunSummary(
      output: output, shape: Array(shape), frames: times.count,
      stepUsMedian: times.quantile(0.5), stepUsP99: times.quantile(0.99))
    try format.write(summary, text: summary.text)
  }

  /// From standard input to standard output, frame by frame.
  private func pass(_ plan: Plan) throws {
    var stream = NetworkStream(plan)
    var waiting: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let size = 4 * plan.inputWidth
    while true {
      let count = readSome(0, &buffer, buffer.count)
      guard count >= 0 else { throw FileError(path: "standard input", reason: "it cannot be read") }
      guard count > 0 else { break }
      waiting += buffer[..<count]
      let frames = waiting.count / size
      guard frames > 0 else { continue }
      let input = waiting.withUnsafeBytes { bytes in
        (0..<frames * plan.inputWidth).map { index in
          let word = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
          return Float(bitPattern: UInt32(littleEndian: word))
        }
      }
      waiting.removeFirst(frames * size)
      var output = [Float](repeating: 0, count: frames * plan.outputWidth)
      var span = output.mutableSpan
      stream.run(input.span, into: &span)
      let bytes = output.map(\.bitPattern.littleEndian).withUnsafeBytes { Array($0) }
      try Files.write(bytes, toDescriptor: 1, path: "standard output")
    }
    guard waiting.isEmpty else {
      throw FileError(
        path: "standard input",
        reason: "it ends within a frame: \(waiting.count) bytes of \(size)")
    }
  }
}

/// The result of `sparrow run`.
private struct RunSummary: Encodable {
  var output: String
  var shape: [Int]
  var frames: Int
  var stepUsMedian: Double
  var stepUsP99: Double

  var text: String {
    "\(output.readable): \(NumberArray.text(shape)), \(grouped(frames)) frames; a step "
      + "\(fixed(stepUsMedian, 2)) µs (median), \(fixed(stepUsP99, 2)) µs (p99)"
  }
}
