import Foundation
import TestSupport
import Testing

@testable import Sparrow
@testable import SparrowTraining

/// Recurrent cells against PyTorch, and the event-based GRU against NumPy, forward and backward:
/// what `Fixtures/make_cell_reference.py` has computed.
struct CellReferenceTests {
  static let cases = ["rnn", "lstm", "gru", "event_gru", "event_gru_blocks", "event_gru_leaky"]

  private func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "safetensors"))
    return [UInt8](try Data(contentsOf: url))
  }

  @Test(arguments: cases, InstructionSet.supported)
  func passesAgree(_ name: String, _ set: InstructionSet) throws {
    let network = try Network(modelFile: try fixture(name))
    let reference = try SafeTensors(bytes: try fixture("\(name)_pass")).tensors
    func tensor(_ name: String) throws -> Tensor { try #require(reference[name]) }
    let frames = try tensor("frames")
    let (steps, clips) = (frames.shape[0], frames.shape[1])
    let trainable = try TrainableNetwork<Double>(
      network, context: TrainingContext(instructionSet: set))
    let input = Batch<Double>(frames.values, steps: steps, clips: clips)
    let output = trainable.forward(input.activations, TrainingPass(isTraining: true)).doubles
    #expect(relativeError(try tensor("output").values, output) < 1e-6)

    let direction = Batch<Double>(try tensor("direction").values, steps: steps, clips: clips)
    let byInput = trainable.backward(direction.activations).doubles
    #expect(relativeError(try tensor("gradient.input").values, byInput) < 1e-6)
    for parameter in trainable.parameters {
      let short = parameter.name.replacingOccurrences(of: "layers.0.", with: "")
      let gradient = (0..<parameter.count).map { parameter.gradient[$0] }
      #expect(relativeError(try tensor("gradient.\(short)").values, gradient) < 1e-6, "\(short)")
    }
  }

  /// Chunks that hand the state on give what the whole sequence gives.
  @Test(arguments: cases) func chunksGoOn(_ name: String) throws {
    let network = try Network(modelFile: try fixture(name))
    let trainable = try TrainableNetwork<Double>(network, context: TrainingContext())
    let (steps, clips) = (11, 3)
    let values = randomValues(steps * clips * network.inputWidth, seed: 3)
    let input = Batch<Double>(values, steps: steps, clips: clips)
    let whole = trainable.forward(input.activations, TrainingPass(isTraining: true)).doubles
    var parts: [Double] = []
    var first = 0
    for count in [4, 1, 6] {
      let rows = first * clips * network.inputWidth..<(first + count) * clips * network.inputWidth
      let chunk = Batch<Double>(Array(values[rows]), steps: count, clips: clips)
      parts +=
        trainable.forward(
          chunk.activations, TrainingPass(isTraining: true, continues: first > 0)
        ).doubles
      first += count
    }
    #expect(parts == whole)
  }

  /// Thresholds that are frozen are handed on as they are, and have no part in the step.
  @Test func frozenThresholdsStay() throws {
    let layer = RecurrentLayer(.eventGRU(EventGRU(trainsThresholds: false)), units: 5)
    let network = try randomNetwork(inputWidth: 3, [.recurrent(layer)])
    let trainable = try TrainableNetwork<Float>(network, context: TrainingContext())
    let learned = trainable.parameters.filter(\.isLearned).map(\.name)
    #expect(learned.count == 4 && !learned.contains("layers.0.threshold"))
  }
}
