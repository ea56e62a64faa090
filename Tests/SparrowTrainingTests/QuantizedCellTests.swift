import Sparrow
import TestSupport
import Testing

@testable import SparrowTraining

/// Recurrent cells in training with rounded activations.
struct QuantizedCellTests {
  static let cells: [RecurrentLayer] = [
    RecurrentLayer(.rnn(), units: 6), RecurrentLayer(.rnn(.relu), units: 6),
    RecurrentLayer(.lstm, units: 6, structure: .blockDiagonal(blocks: 2)),
    RecurrentLayer(.gru(), units: 6, structure: .blockDiagonal(blocks: 3, shuffled: true)),
    RecurrentLayer(.gru(resetsFirst: true), units: 6),
    RecurrentLayer(.eventGRU(), units: 6, structure: .diagonal),
  ]

  private let input = Batch<Float>(randomValues(5 * 24, seed: 1), steps: 12, clips: 2)

  /// The output of the second pass, for which ranges are known, and gradients by the input and the
  /// parameters.
  private func pass(_ cell: RecurrentLayer, bits: Int?) throws -> (y: [Double], dx: [Double]) {
    let network = try randomNetwork(inputWidth: 5, [.recurrent(cell)])
    let options = bits.map { QuantizationAwareOptions(activationBits: $0) }
    let trainable = try TrainableNetwork<Float>(
      network, quantization: options, context: TrainingContext())
    _ = trainable.forward(input.activations, TrainingPass(isTraining: true))
    let y = trainable.forward(input.activations, TrainingPass(isTraining: true))
    let values = y.doubles
    let dy = Batch<Float>(randomValues(6 * 24, seed: 2), steps: 12, clips: 2)
    trainable.backward(dy.activations)
    return (
      values,
      trainable.parameters.flatMap { parameter in
        (0..<parameter.count).map { Double(parameter.gradient[$0]) }
      }
    )
  }

  @Test(arguments: cells, [8, 16]) func givesValuesOnAGrid(
    _ cell: RecurrentLayer, _ bits: Int
  ) throws {
    let y = try pass(cell, bits: bits).y
    // No cell gives so much that its exponent is less than that of 4.
    let step = FixedPointFormat(bits: 16, exponent: 15).step
    let coarsest = FixedPointFormat(bits: bits, holding: 4).step
    #expect(y.allSatisfy { $0 == ($0 / Double(step)).rounded() * Double(step) })
    #expect(y.contains { $0 != 0 })
    if bits == 8 {
      #expect(Set(y).count <= 2 * Int(4 / coarsest) + 1)
    }
  }

  @Test(arguments: cells) func fineGridsHardlyChangeValuesAndGradients(
    _ cell: RecurrentLayer
  ) throws {
    let exact = try pass(cell, bits: nil)
    let fine = try pass(cell, bits: 16)
    let coarse = try pass(cell, bits: 8)
    #expect(relativeError(fine.y, exact.y) < 2e-3)
    #expect(relativeError(fine.y, exact.y) > 0)
    #expect(relativeError(coarse.y, exact.y) > relativeError(fine.y, exact.y))
    #expect(relativeError(fine.dx, exact.dx) < 1e-2)
  }
}
