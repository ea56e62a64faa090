import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// What is trained is what runs.
struct StreamAgreementTests {
  static let stacks: [[Layer]] = [
    [.normalization] + Layer.s5(width: 12, states: 8, blocks: 2, outputs: 5),
    Layer.s5(width: 20, states: 6, blocks: 1, outputs: 7, relufied: true),
    [
      .dense(DenseLayer(outputs: 9)), GradientTests.recurrence(5, .bilinear, symmetry: false),
      .normalization, .activation(.gelu), .residual([.gate, .normalization]),
    ],
    [
      .dense(DenseLayer(outputs: 11)), GradientTests.recurrence(18, bias: true),
      GradientTests.recurrence(5, rectified: true, bias: true),
    ],
    [
      .recurrent(RecurrentLayer(.gru(), units: 24, structure: .blockDiagonal(blocks: 3))),
      .recurrent(RecurrentLayer(.lstm, units: 19)),
      .recurrent(RecurrentLayer(.rnn(), units: 20, structure: .diagonal)),
      .recurrent(RecurrentLayer(.gru(resetsFirst: true), units: 17)),
    ],
    [
      .recurrent(
        RecurrentLayer(
          .eventGRU(EventGRU(resetInterval: 9)), units: 20,
          structure: .blockDiagonal(blocks: 4, shuffled: true))),
      .recurrent(RecurrentLayer(.eventGRU(), units: 9)),
    ],
  ]

  @Test(arguments: stacks, InstructionSet.supported)
  func forwardIsWhatAStreamDoes(_ layers: [Layer], _ set: InstructionSet) throws {
    let network = try randomNetwork(inputWidth: 10, layers)
    let (steps, clips) = (60, 3)
    let trainable = try TrainableNetwork<Float>(
      network, dropout: 0.5, context: TrainingContext(instructionSet: set))
    // Passes in training move the stored moments; what is exported has them.
    let values = randomValues(steps * clips * 10, seed: 1)
    let input = Batch<Float>(values, steps: steps, clips: clips)
    for seed in 0..<20 {
      _ = trainable.forward(input.activations, TrainingPass(isTraining: true, seed: UInt64(seed)))
    }
    let output = trainable.forward(input.activations, TrainingPass(isTraining: false)).doubles

    let exported = try trainable.network
    let plan = Plan(exported, instructionSet: set)
    for clip in 0..<clips {
      var stream = NetworkStream(plan)
      var results: [Float] = []
      var expected: [Double] = []
      for step in 0..<steps {
        let row = step * clips + clip
        var result = [Float](repeating: 0, count: plan.outputWidth)
        var span = result.mutableSpan
        stream.step(values.span.extracting(row * 10..<(row + 1) * 10), into: &span)
        results += result
        expected += output[row * plan.outputWidth..<(row + 1) * plan.outputWidth]
      }
      #expect(relativeError(results, expected) < 5e-6)
    }
  }

  /// The stored moments follow those of the batches.
  @Test func storedMomentsConverge() throws {
    let network = try randomNetwork(inputWidth: 4, [.normalization])
    let trainable = try TrainableNetwork<Float>(network, context: TrainingContext())
    let values = randomValues(600 * 4, seed: 1).enumerated().map { $1 * 2 + Float($0 % 4) }
    let input = Batch<Float>(values, steps: 100, clips: 6)
    for _ in 0..<400 {
      _ = trainable.forward(input.activations, TrainingPass(isTraining: true))
    }
    let trained = try trainable.network
    for column in 0..<4 {
      let samples = stride(from: column, to: values.count, by: 4).map { Double(values[$0]) }
      let mean = samples.reduce(0, +) / 600
      let variance = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 600
      #expect(abs(Double(trained["layers.0.mean"].values[column]) - mean) < 1e-4)
      #expect(abs(Double(trained["layers.0.variance"].values[column]) - variance) < 1e-4)
    }
  }

  /// Dropped values are zero, held over time, and the rest grows so that the mean stays.
  @Test func dropout() throws {
    let network = try randomNetwork(inputWidth: 50, [.residual([.activation(.relu)])])
    let trainable = try TrainableNetwork<Float>(network, dropout: 0.25, context: TrainingContext())
    let input = Batch<Float>(Array(repeating: 1, count: 4 * 20 * 50), steps: 4, clips: 20)
    func branch(seed: UInt64) -> [Float] {
      let y = trainable.forward(input.activations, TrainingPass(isTraining: true, seed: seed))
      return (0..<y.count).map { y.values[$0] - 1 }
    }
    let values = branch(seed: 1)
    let (first, second) = (values[..<1000], values[1000..<2000])
    #expect(Array(first) == Array(second))
    #expect(values.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    let dropped = Double(first.filter { $0 == 0 }.count) / 1000
    #expect(abs(dropped - 0.25) < 4 * (0.25 * 0.75 / 1000).squareRoot())
    #expect(branch(seed: 1) == values)
    #expect(branch(seed: 2) != values)
  }
}
