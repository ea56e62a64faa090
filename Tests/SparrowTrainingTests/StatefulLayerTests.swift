import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// Linear recurrences that go on from pass to pass, as cells do.
struct StatefulLayerTests {
  private static let layers: [Layer] = [
    .linearRecurrence(LinearRecurrenceLayer(states: 4, maximumTimeConstant: 9)),
    .residual([
      .linearRecurrence(LinearRecurrenceLayer(states: 3, rectifiesState: true)), .gate,
    ]),
  ]

  /// Chunks that hand the state on give what the whole sequence gives.
  @Test func chunksGoOn() throws {
    let network = try randomNetwork(inputWidth: 5, Self.layers)
    let trainable = try TrainableNetwork<Double>(network, context: TrainingContext())
    let (steps, clips) = (11, 6)
    let values = randomValues(steps * clips * 5, seed: 3)
    let input = Batch<Double>(values, steps: steps, clips: clips)
    let whole = trainable.forward(input.activations, TrainingPass(isTraining: true)).doubles
    var parts: [Double] = []
    var first = 0
    for count in [4, 1, 6] {
      let rows = first * clips * 5..<(first + count) * clips * 5
      let chunk = Batch<Double>(Array(values[rows]), steps: count, clips: clips)
      parts +=
        trainable.forward(
          chunk.activations, TrainingPass(isTraining: true, continues: first > 0)
        ).doubles
      first += count
    }
    #expect(parts == whole)
    // A pass that does not go on begins with zeros.
    let again = trainable.forward(input.activations, TrainingPass(isTraining: true)).doubles
    #expect(again == whole)
  }

  /// With a state that is given, gradients by parameters and input are those of the loss.
  @Test func gradientsFromAState() throws {
    let network = try randomNetwork(inputWidth: 5, Self.layers)
    var check = try GradientCheck(network, steps: 5, clips: 2)
    for (index, count) in [2 * 2 * 4, 2 * 2 * 3].enumerated() {
      let values = randomValues(count, seed: UInt64(20 + index)).map(Double.init)
      check.states.append(CarriedState(vectors: ["x": values], steps: 3))
    }
    for (name, error) in check.errors() { #expect(error < 1e-7, "\(name)") }
  }
}
