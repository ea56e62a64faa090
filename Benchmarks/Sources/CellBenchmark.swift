import ArgumentParser
import Sparrow
import SparrowTraining

/// The time of one step of recurrent cells with random weights.
struct CellBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cell",
    abstract: "Time one step of recurrent cells, state kept, one thread.")

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
  @Option(help: "Layers, each of so many units.") var layers = 1
  @Option(help: "Values of a frame; as many as units by default.") var inputs: Int?
  @Option(help: "Blocks of the recurrent matrices; as many as units for diagonal ones.")
  var blocks = 1
  @Flag(help: "Shuffle the units of blocks.") var shuffled = false
  @Option(help: "Share of the weights that are zero.") var sparsity = 0.0
  @Option(help: "Share of an event-based GRU's units that send: its thresholds are set so.")
  var activity: Double?
  @Option(parsing: .upToNextOption, help: "How weights are kept: single, bfloat16, int8.")
  private var weights = [Precision.single]
  @Option(help: "Frames that a call takes at once; times are those of a frame.") var unfolding = 1
  @Option(help: "Rounds of up to 50 steps, a fifth of a millisecond each if they can.") var rounds =
    200
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let inputs = inputs ?? units
    var random = RandomNumbers(seed: 3)
    let frameCount = unfolding * max(1, 64 / unfolding)
    let frames = (0..<frameCount * inputs).map { _ in Float(random.normal()) }
    let network = try thresholded(try randomNetwork(inputs: inputs), frames)
    let shares = activity == nil ? [:] : network.activity(of: frames)
    var times: [(name: String, median: Double)] = []
    for precision in weights {
      let plan = Plan(network, weights: precision.weights, activity: shares)
      var stream = NetworkStream(plan, unfolding: unfolding)
      var output = [Float](repeating: 0, count: unfolding * units)
      var timing = Timing()
      var next = 0
      func step() {
        var result = output.mutableSpan
        let first = next * inputs
        stream.run(
          frames.span.extracting(first..<first + unfolding * inputs), into: &result)
        next = (next + unfolding) % frameCount
      }
      // Rounds that are short, so that another process seldom cuts into one.
      timing.measure(rounds: 9, calls: 3, step)
      let calls = max(1, min(50, Int(200 / timing.median)))
      timing = Timing()
      timing.measure(rounds: rounds, calls: calls, step)
      let median = timing.median / Double(unfolding)
      times.append((precision.name, median))
      guard !json else { continue }
      let formats = network.matrixChoices(weights: precision.weights, activity: shares)
        .map { "\($0.chosen.format.rawValue) (\(formatted(100 * $0.activity, 0)) % active)" }
      print(
        "\(plan.instructionSet.name), \(precision): \(formatted(median)) µs a step, "
          + "\(plan.byteCount) bytes, \(formats.joined(separator: ", "))")
    }
    if json {
      let list = times.map { "\"\($0.name)\": \(formatted($0.median, 3))" }
      print("{\"microseconds\": {\(list.joined(separator: ", "))}}")
    }
  }

  private func randomNetwork(inputs: Int) throws -> Network {
    let structure: RecurrentStructure =
      blocks == 1
      ? .full
      : blocks == units ? .diagonal : .blockDiagonal(blocks: blocks, shuffled: shuffled)
    let layer = RecurrentLayer(cell.cell, units: units, structure: structure)
    var random = RandomNumbers(seed: 2)
    let initial = try Network(
      initializing: Array(repeating: .recurrent(layer), count: layers), inputWidth: inputs, seed: 1)
    let parameters = initial.parameters.sorted { $0.key < $1.key }.map { name, tensor in
      guard tensor.shape.count == 2 else { return (name, tensor) }
      // Fewer weights are larger ones, as pruning leaves them.
      let gain = Float(1 / (1 - sparsity).squareRoot())
      return (
        name,
        Tensor(
          shape: tensor.shape,
          values: tensor.values.map { random.uniform(in: 0...1) < sparsity ? 0 : gain * $0 })
      )
    }
    return try Network(
      inputWidth: inputs, layers: initial.layers,
      parameters: Dictionary(uniqueKeysWithValues: parameters))
  }

  /// With thresholds, one a layer, at which the wanted share of units sends.
  private func thresholded(_ network: Network, _ frames: [Float]) throws -> Network {
    guard let activity, cell == .eventGRU else { return network }
    var network = network
    for layer in 0..<layers {
      var (low, high): (Float, Float) = (0, 1)
      for _ in 0..<6 {
        let threshold = (low + high) / 2
        var parameters = network.parameters
        parameters["layers.\(layer).threshold"] = Tensor(
          shape: [units], values: Array(repeating: threshold, count: units))
        network = try Network(
          inputWidth: network.inputWidth, layers: network.layers, parameters: parameters)
        let share = network.activity(of: frames)["layers.\(layer).recurrentWeight"] ?? 0
        if share > activity { low = threshold } else { high = threshold }
      }
    }
    return network
  }
}

/// How weights are kept.
private enum Precision: String, ExpressibleByArgument, CaseIterable {
  case single, bfloat16, int8

  var weights: WeightPrecision { WeightPrecision(rawValue: rawValue)! }

  var name: String {
    switch self {
    case .single: "fp32"
    case .bfloat16: "bf16"
    case .int8: "int8"
    }
  }
}
