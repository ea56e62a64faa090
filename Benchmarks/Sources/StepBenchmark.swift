import ArgumentParser
import Sparrow
import SparrowTraining

/// The time of one step of an S5 network with random weights.
struct StepBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step", abstract: "Time one step of an S5 network, state kept, one thread.")

  @Option(help: "Width of the blocks, H.") var width = 192
  @Option(help: "Complex states of a block, P.") var states = 128
  @Option(help: "Blocks.") var layers = 3
  @Option(help: "Values of a frame.") var inputs = 257
  @Option(help: "Values of the result.") var outputs = 257
  @Option(help: "Rounds of 100 steps.") var rounds = 100
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let network = try Network(
      initializing: Layer.s5(width: width, states: states, blocks: layers, outputs: outputs),
      inputWidth: inputs, seed: 1)
    let plan = Plan(network)
    var stream = NetworkStream(plan)
    var random = RandomNumbers(seed: 2)
    let frame = (0..<inputs).map { _ in Float(random.normal()) }
    var output = [Float](repeating: 0, count: outputs)
    var timing = Timing()
    timing.measure(rounds: rounds, calls: 100) {
      var result = output.mutableSpan
      stream.step(frame.span, into: &result)
    }
    if json {
      print("{\"microseconds\": {\"fp32 dense\": \(formatted(timing.median, 3))}}")
    } else {
      print(
        "\(plan.instructionSet.name): \(formatted(timing.median)) µs a step "
          + "(p99 of rounds \(formatted(timing.quantile(0.99))) µs)")
    }
  }
}
