import SparrowCore
import TestSupport
import Testing

@testable import Sparrow

/// Plans that keep rounded weights of networks in single precision.
struct WeightPrecisionTests {
  static let precisions: [WeightPrecision] = [.bfloat16, .int8]

  /// How far outputs are from those of the weights as they are.
  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func staysClose(_ small: SmallNetwork, _ set: InstructionSet) throws {
    // A unit at its threshold, or a rectified number, goes one way or another.
    let jumps = ["event", "cells", "rectified", "relu", "Relu"]
    guard !jumps.contains(where: small.testDescription.contains) else { return }
    let network = try small.network
    let frames = small.frames(40)
    let exact = run(Plan(network, instructionSet: set), frames, chunk: 1).map(Double.init)
    for weights in Self.precisions {
      let output = run(Plan(network, weights: weights, instructionSet: set), frames, chunk: 1)
      #expect(relativeError(output, exact) < 0.04, "\(weights)")
    }
  }

  /// The error that the README states: LSTMs and GRUs with random weights.
  @Test(arguments: [RecurrentLayer.Cell.lstm, .gru()])
  func errorOfRandomCells(_ cell: RecurrentLayer.Cell) throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 128,
      layers: [.recurrent(RecurrentLayer(cell, units: 128))])
    let network = try small.network
    let frames = small.frames(100)
    let exact = run(Plan(network), frames, chunk: 100).map(Double.init)
    func error(_ weights: WeightPrecision) -> Float {
      Float(relativeError(run(Plan(network, weights: weights), frames, chunk: 100), exact))
    }
    let (half, byte) = (error(.bfloat16), error(.int8))
    print("relative error of \(cell): bfloat16 \(half), int8 \(byte)")
    #expect(half < 0.01 && half > 0)
    #expect(byte < 0.02 && byte > 0)
  }

  /// The fastest plan keeps to the error, says it truthfully, and is exact where it has to be.
  @Test(arguments: [0, 0.004, .infinity])
  func fastestPlanKeepsToItsError(_ error: Double) throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 32,
      layers: [.recurrent(RecurrentLayer(.gru(), units: 32))])
    let network = try small.network
    let frames = small.frames(60)
    let exact = run(Plan(network), frames, chunk: 1)
    let fastest = network.fastestPlan(within: error, on: frames)
    #expect(fastest.measurements.map(\.weights) == WeightPrecision.allCases)
    let allowed = fastest.measurements.filter { $0.relativeError <= error }
    #expect(fastest.chosen.stepTime == allowed.map(\.stepTime).min())
    let output = run(fastest.plan, frames, chunk: 1)
    let noise = zip(output, exact).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    let power = exact.reduce(0.0) { $0 + Double($1 * $1) }
    let found = (noise / power).squareRoot()
    #expect(abs(found - fastest.chosen.relativeError) < 1e-6)
    #expect(found <= error)
    #expect(error > 0 || fastest.chosen.weights == .single)
  }

  /// bfloat16 weights are the weights, rounded: nothing else changes.
  @Test(arguments: SmallNetwork.cells, InstructionSet.supported)
  func bfloat16RoundsWeightsAlone(_ small: SmallNetwork, _ set: InstructionSet) throws {
    guard !small.layers.contains(.normalization) else { return }
    let network = try small.network
    let matrices = Set(network.matrixDescriptions.map(\.name))
    let parameters = network.parameters.map { name, tensor in
      let values = !matrices.contains(name) ? tensor.values : tensor.values.map { rounded($0) }
      return (name, Tensor(shape: tensor.shape, values: values))
    }
    let copy = try Network(
      inputWidth: network.inputWidth, layers: network.layers,
      parameters: Dictionary(uniqueKeysWithValues: parameters))
    let frames = small.frames(30)
    let output = run(
      Plan(network, weights: .bfloat16, format: .dense, instructionSet: set), frames, chunk: 1)
    var reference = ReferenceNetwork(copy)
    let expected = reference.run(rows(frames, small.inputWidth))
    #expect(relativeError(output, expected.flatMap { $0 }) < 5e-6)
  }

  private func rounded(_ value: Float) -> Float {
    // Of the two neighbours with 8 significant bits the nearer one.
    let step = value.ulp * 65536
    return (value / step).rounded(.toNearestOrEven) * step
  }

  /// Sums of integers are exact, so that the format makes no difference to a single bit.
  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func formatsOfBytesAgree(_ small: SmallNetwork, _ set: InstructionSet) throws {
    var small = small
    small.density = 0.3
    let network = try small.network
    let frames = small.frames(20)
    func output(_ format: MatrixFormat) -> [Float] {
      run(
        Plan(network, weights: .int8, format: format, ordersUnits: false, instructionSet: set),
        frames, chunk: 1)
    }
    let dense = output(.dense)
    for format in MatrixFormat.allCases { #expect(output(format) == dense, "\(format)") }
  }

  @Test(arguments: SmallNetwork.all, precisions)
  func chunksMakeNoDifference(_ small: SmallNetwork, _ weights: WeightPrecision) throws {
    let plan = Plan(try small.network, weights: weights)
    let frames = small.frames(130)
    let whole = run(plan, frames, chunk: 130)
    for chunk in [1, 7, 64] { #expect(run(plan, frames, chunk: chunk) == whole) }
  }

  @Test func plansAreSmaller() throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 128,
      layers: [.recurrent(RecurrentLayer(.lstm, units: 128))])
    let network = try small.network
    let single = Plan(network).byteCount
    #expect(Plan(network, weights: .bfloat16).byteCount < single * 6 / 10)
    #expect(Plan(network, weights: .int8).byteCount < single * 4 / 10)
    let choices = network.matrixChoices(weights: .int8)
    #expect(choices.map(\.chosen.byteCount) == [4 * 128 * 128, 4 * 128 * 128])
  }

  @Test(arguments: SmallNetwork.all, precisions + [.single])
  func candidatesAreAsLargeAsTheySay(
    _ small: SmallNetwork, _ weights: WeightPrecision
  ) throws {
    for choice in try small.network.matrixChoices(weights: weights) {
      for candidate in choice.candidates {
        #expect(choice.pack(candidate.format).byteCount == candidate.byteCount)
      }
    }
  }

  /// Any number of rounded activations times the weights stays within 31 bits.
  @Test func sumsCannotOverflow() {
    for (columns, weight) in [(1, 1), (600, 127), (5000, 127)] {
      let matrix = MatrixToPack<Int8>(
        rows: 1, columns: columns, weights: Array(repeating: Int8(weight), count: columns),
        bias: nil, activationBits: 16)
      let limit = matrix.largestActivation
      #expect(limit >= 1 && limit <= 32767)
      #expect(limit * weight * columns <= Int(Int32.max))
    }
  }
}

/// Shares of zero inputs.
struct ActivityTests {
  @Test func eventsAreExpectedToBeRare() throws {
    let layers: [Layer] = [
      .recurrent(RecurrentLayer(.eventGRU(), units: 8)),
      .recurrent(RecurrentLayer(.eventGRU(), units: 8)),
      .recurrent(RecurrentLayer(.gru(), units: 8)), .dense(DenseLayer(outputs: 2)),
    ]
    let network = try SmallNetwork(testDescription: "", inputWidth: 3, layers: layers).network
    #expect(
      Set(network.expectedActivity.keys) == [
        "layers.0.recurrentWeight", "layers.1.inputWeight", "layers.1.recurrentWeight",
        "layers.2.inputWeight",
      ])
    let choices = network.matrixChoices(activity: ["layers.1.inputWeight": 0.5])
    #expect(choices.map(\.activity) == [1, 0.15, 0.5, 0.15, 0.15, 1, 1])
  }

  @Test func activityIsCounted() throws {
    let layers: [Layer] = [.activation(.relu), .dense(DenseLayer(outputs: 2))]
    let network = try SmallNetwork(testDescription: "", inputWidth: 4, layers: layers).network
    #expect(network.activity(of: [1, -1, -1, -1, 1, 1, -1, 0]) == ["layers.1.weight": 3.0 / 8])
    #expect(network.activity(of: []) == [:])
  }
}
