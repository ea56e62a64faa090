import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// Single precision, on every instruction set and with odd sizes, against double precision.
struct PrecisionTests {
  static let shapes = [(1, 1, 5), (3, 17, 16), (1, 17, 33), (3, 1, 33), (2, 300, 5)]
    .map { Shape(clips: $0.0, steps: $0.1, width: $0.2) }

  struct Shape: Sendable {
    let clips: Int
    let steps: Int
    let width: Int
  }

  private func passes<Scalar: TrainingScalar>(
    _ network: Network, _ shape: Shape, _ context: TrainingContext<Scalar>, dropout: Double = 0
  ) throws -> [(name: String, values: [Double])] {
    let trainable = try TrainableNetwork(network, dropout: dropout, context: context)
    let rows = shape.clips * shape.steps
    let input = Batch<Scalar>(
      randomValues(rows * shape.width, seed: 21), steps: shape.steps, clips: shape.clips)
    let y = trainable.forward(input.activations, TrainingPass(isTraining: true, seed: 9))
    let output = y.doubles
    let gradient = Batch<Scalar>(
      randomValues(y.count, seed: 22), steps: shape.steps, clips: shape.clips)
    trainable.clearGradients()
    let byInput = trainable.backward(gradient.activations).doubles
    return [("output", output), ("input's gradient", byInput)]
      + trainable.parameters.map { parameter in
        (
          parameter.name,
          (0..<parameter.count).map {
            Double((parameter.isLearned ? parameter.gradient : parameter.value)[$0])
          }
        )
      }
  }

  @Test(arguments: InstructionSet.supported, shapes)
  func agreesWithDoublePrecision(_ set: InstructionSet, _ shape: Shape) throws {
    // One row has no variance to divide by, and ill-conditioned gradients.
    let normalization: [Layer] = shape.clips * shape.steps > 1 ? [.normalization] : []
    let width = shape.width
    let layers: [Layer] =
      normalization + [
        .dense(DenseLayer(outputs: width)),
        .residual(normalization + [GradientTests.recurrence(7), .activation(.gelu), .gate]),
        .residual([GradientTests.recurrence(16, .bilinear, symmetry: false), .activation(.gelu)]),
        .dense(DenseLayer(outputs: 3)),
      ]
    let network = try randomNetwork(inputWidth: width, layers)
    let single = try passes(
      network, shape, TrainingContext<Float>(instructionSet: set), dropout: 0.3)
    let double = try passes(network, shape, TrainingContext<Double>(), dropout: 0.3)
    for (single, double) in zip(single, double) {
      #expect(relativeError(single.values, double.values) < 2e-5, "\(single.name)")
    }
  }

  /// Rectifiers make gradients jump, so only what does not reach through one is compared closely.
  @Test(arguments: InstructionSet.supported, shapes)
  func rectifiedNetworksAgree(_ set: InstructionSet, _ shape: Shape) throws {
    let network = try randomNetwork(
      inputWidth: shape.width,
      [
        .dense(DenseLayer(outputs: 12)), .activation(.relu),
        GradientTests.recurrence(9, rectified: true), .activation(.relu),
      ])
    let single = try passes(network, shape, TrainingContext<Float>(instructionSet: set))
    let double = try passes(network, shape, TrainingContext<Double>())
    #expect(relativeError(single[0].values, double[0].values) < 1e-5)
    for (single, double) in zip(single, double) {
      #expect(relativeError(single.values, double.values) < 1e-3, "\(single.name)")
    }
  }

  /// A whole step of training is the same, bit for bit, whatever the number of threads.
  @Test func threadsMakeNoDifference() throws {
    let shape = Shape(clips: 9, steps: 700, width: 33)
    let network = try randomNetwork(
      inputWidth: 33,
      [.normalization] + Layer.s5(width: 48, states: 24, blocks: 1, outputs: 70))
    let one = try passes(
      network, shape, TrainingContext<Float>(workers: Workers(count: 1)), dropout: 0.1)
    for threads in [2, 3] {
      let more = try passes(
        network, shape, TrainingContext<Float>(workers: Workers(count: threads)), dropout: 0.1)
      for (one, more) in zip(one, more) { #expect(one.values == more.values, "\(one.name)") }
    }
  }

  /// Cells of every kind, whose sequences are shared out among threads.
  @Test(arguments: [ProductPrecision.float32, .bfloat16])
  func threadsMakeNoDifferenceToCells(_ products: ProductPrecision) throws {
    let shape = Shape(clips: 7, steps: 9, width: 40)
    let network = try randomNetwork(
      inputWidth: 40,
      [
        .recurrent(RecurrentLayer(.lstm, units: 48)),
        .recurrent(
          RecurrentLayer(.gru(), units: 48, structure: .blockDiagonal(blocks: 3, shuffled: true))),
        .recurrent(RecurrentLayer(.gru(resetsFirst: true), units: 33)),
        .recurrent(RecurrentLayer(.rnn(), units: 20, structure: .diagonal)),
        .recurrent(RecurrentLayer(.eventGRU(EventGRU()), units: 30)),
      ])
    func passes(_ threads: Int) throws -> [(name: String, values: [Double])] {
      try self.passes(
        network, shape,
        TrainingContext<Float>(workers: Workers(count: threads), products: products))
    }
    let one = try passes(1)
    for threads in [2, 3, 9] {
      for (one, more) in zip(one, try passes(threads)) {
        #expect(one.values == more.values, "\(one.name), \(threads) threads")
      }
    }
  }

  /// Rounded operands give the same passes whatever the instructions, and almost those of exact
  /// ones.
  @Test(arguments: InstructionSet.supported)
  func roundedCellsAgreeWithDoublePrecision(_ set: InstructionSet) throws {
    let shape = Shape(clips: 5, steps: 8, width: 33)
    for cell in [RecurrentLayer.Cell.lstm, .gru(), .gru(resetsFirst: true)] {
      let network = try randomNetwork(
        inputWidth: 33,
        [.recurrent(RecurrentLayer(cell, units: 45)), .dense(DenseLayer(outputs: 7))])
      let single = try passes(
        network, shape, TrainingContext<Float>(instructionSet: set, products: .bfloat16))
      let rounded = try passes(network, shape, TrainingContext<Double>(products: .bfloat16))
      let exact = try passes(network, shape, TrainingContext<Double>())
      for (index, single) in single.enumerated() {
        // A value that is almost halfway may be rounded either way.
        #expect(relativeError(single.values, rounded[index].values) < 2e-3, "\(single.name)")
        #expect(relativeError(single.values, exact[index].values) < 2e-2, "\(single.name)")
      }
    }
  }
}
