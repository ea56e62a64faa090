import Sparrow
import TestSupport
import Testing

struct NetworkSizeTests {
  /// By hand: which parameters are matrices, which are vectors, which are measured.
  @Test func countsByHand() throws {
    let layers: [Layer] = [
      .normalization, .dense(DenseLayer(outputs: 3)),
      .residual([.linearRecurrence(LinearRecurrenceLayer(states: 2)), .gate]),
    ]
    var numbers = TestNumbers(seed: 3)
    var parameters = randomParameters(layers, inputWidth: 5, 1, &numbers)
    // 4 zeros among 15 weights, 3 among the 6 real parts of B, one in a bias.
    for i in [0, 5, 7, 14] { parameters["layers.1.weight"]!.values[i] = 0 }
    for i in [1, 2, 4] { parameters["layers.2.layers.0.B.real"]!.values[i] = 0 }
    parameters["layers.1.bias"]!.values[1] = 0
    parameters["layers.0.mean"]!.values[1] = 0  // measured: counts for nothing
    let network = try Network(inputWidth: 5, layers: layers, parameters: parameters)
    let plan = Plan(network)
    let size = NetworkSize(network, plan: plan)
    // Matrices: 15, B and C of 12 each, the gate's 9. Vectors: 2 · 5 of the normalisation, 3 of the
    // bias, 3 · 2 + 3 of the recurrence, 3 of the gate.
    let weights = 15 + 12 + 12 + 9
    let vectors = 10 + 3 + 9 + 3
    #expect(size.parameters == weights + vectors)
    #expect(size.nonZeroParameters == weights + vectors - 8)
    #expect(size.sparsity == 7.0 / Double(weights))
    #expect(size.modelBytes == 4 * (weights - 7 + vectors))
    #expect(size.planBytes == plan.byteCount)
    #expect(size.stateBytes == 4 * 2 * 2)
    #expect(size.width == 3)
  }

  @Test func networksWithoutMatrices() throws {
    let network = try Network(inputWidth: 4, layers: [.activation(.relu)], parameters: [:])
    let size = NetworkSize(network, plan: Plan(network))
    #expect(size.parameters == 0)
    #expect(size.sparsity == 0)
    #expect(size.width == nil)
    #expect(size.modelBytes == 0)
  }

  @Test func widthIsThatOfTheWidestRecurrence() throws {
    func recurrence(_ width: Int) -> [Layer] {
      [
        .dense(DenseLayer(outputs: width)),
        .residual([.linearRecurrence(LinearRecurrenceLayer(states: 1))]),
      ]
    }
    let small = SmallNetwork(
      testDescription: "", inputWidth: 9, layers: recurrence(4) + recurrence(6) + recurrence(2))
    let network = try small.network
    #expect(NetworkSize(network, plan: Plan(network)).width == 6)
  }
}
