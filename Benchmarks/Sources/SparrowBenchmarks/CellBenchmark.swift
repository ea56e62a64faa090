import ArgumentParser
import Sparrow
import SparrowTraining

/// The time of one step of a recurrent cell with random weights.
struct CellBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cell",
    abstract: "Time one step of a recurrent cell, state kept, one thread.")

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case rnn, lstm, gru, eventGRU

    var cell: RecurrentLayer.Cell {
      switch self {
      case .rnn: .rnn()
      case .lstm: .lstm
      case .gru: .gru()
      case .eventGRU: .eventGRU()
      }
    }
  }

  @Option(help: "The cell.") var cell = Kind.lstm
  @Option(help: "Units.") var units = 256
  @Option(help: "Values of a frame; as many as units by default.") var inputs: Int?
  @Option(help: "Blocks of the recurrent matrices.") var blocks = 1
  @Flag(help: "Shuffle the units of blocks.") var shuffled = false
  @Option(help: "Share of the weights that are zero.") var sparsity = 0.0
  @Option(help: "Share of an event-based GRU's units that are taken to send.") var activity = 1.0
  @Option(help: "Rounds of 50 steps.") var rounds = 60
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let layer = RecurrentLayer(
      cell.cell, units: units,
      structure: blocks == 1 ? .full : .blockDiagonal(blocks: blocks, shuffled: shuffled))
    let inputs = inputs ?? units
    var random = RandomNumbers(seed: 2)
    let initial = try Network(initializing: [.recurrent(layer)], inputWidth: inputs, seed: 1)
    let parameters = initial.parameters.mapValues { tensor -> Tensor in
      guard tensor.shape.count == 2 else { return tensor }
      return Tensor(
        shape: tensor.shape,
        values: tensor.values.map { random.uniform(in: 0...1) < sparsity ? 0 : $0 })
    }
    let network = try Network(
      inputWidth: inputs, layers: initial.layers, parameters: parameters)
    let plan = Plan(network, activity: ["layers.0.recurrentWeight": activity])
    var stream = Stream(plan)
    let frame = (0..<inputs).map { _ in Float(random.normal()) }
    var output = [Float](repeating: 0, count: units)
    var timing = Timing()
    timing.measure(rounds: rounds, calls: 50) {
      var result = output.mutableSpan
      stream.step(frame.span, into: &result)
    }
    if json {
      print("{\"microseconds\": {\"fp32\": \(formatted(timing.median, 3))}}")
    } else {
      let formats = network.matrixChoices(activity: ["layers.0.recurrentWeight": activity])
        .map(\.chosen.format.rawValue)
      print(
        "\(plan.instructionSet.name): \(formatted(timing.median)) µs a step, "
          + "\(formats.joined(separator: " and "))")
    }
  }
}
