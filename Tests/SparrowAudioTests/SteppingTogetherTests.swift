import Sparrow
import SparrowModels
import TestSupport
import Testing

struct SteppingTogetherTests {
  /// Few streams, and many of a network without zeros where the processor multiplies bytes fast.
  @Test func stepsTogetherWhereThatIsFaster() throws {
    func stepsTogether(_ network: Network, _ capacity: Int, _ set: InstructionSet) -> Bool {
      StreamGroup(Plan(network, instructionSet: set), capacity: capacity).stepsTogether
    }
    let sparse = EmbeddedModel.denoiser.network
    let dense = EmbeddedModel.keywords.network
    for set in InstructionSet.supported {
      #expect(stepsTogether(sparse, 32, set))
      #expect(stepsTogether(sparse, 2, set) == false)
      #expect(stepsTogether(dense, 32, set) == (set != .avx512))
    }
  }
}
