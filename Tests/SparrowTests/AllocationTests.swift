import CAllocationCounter
import Sparrow
import TestSupport
import Testing

@Suite(.enabled(if: allocation_counter_works(), "allocations can be counted on Linux only"))
struct AllocationTests {
  @Test func counterCounts() {
    let before = allocation_count()
    let array = [UInt8](unsafeUninitializedCapacity: 1000) { $1 = Int.random(in: 0...1000) }
    #expect(allocation_count() > before)
    #expect(array.count <= 1000)
  }

  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func stepsAllocateNothing(_ small: SmallNetwork, _ set: InstructionSet) throws {
    expectNone(Plan(try small.network, instructionSet: set), small)
  }

  @Test(arguments: SmallNetwork.cells, WeightPrecisionTests.precisions)
  func stepsWithRoundedWeightsAllocateNothing(
    _ small: SmallNetwork, _ weights: WeightPrecision
  ) throws {
    expectNone(Plan(try small.network, weights: weights), small)
  }

  @Test(arguments: SmallNetwork.all)
  func unfoldedFramesAllocateNothing(_ small: SmallNetwork) throws {
    expectNone(Plan(try small.network), small, unfolding: 4)
  }

  private func expectNone(_ plan: Plan, _ small: SmallNetwork, unfolding: Int = 1) {
    var stream = NetworkStream(plan, unfolding: unfolding)
    let frames = small.frames(unfolding)
    var output = [Float](repeating: 0, count: unfolding * plan.outputWidth)
    var result = output.mutableSpan
    stream.run(frames.span, into: &result)
    let before = allocation_count()
    for _ in 0..<1000 { stream.run(frames.span, into: &result) }
    #expect(allocation_count() == before)
  }

  @Test(arguments: SmallNetwork.all)
  func countedStepsAllocateNothing(_ small: SmallNetwork) throws {
    let plan = Plan(try small.network)
    var stream = NetworkStream(plan)
    var count = OperationCount(plan)
    let frame = small.frames(1)
    var output = [Float](repeating: 0, count: plan.outputWidth)
    var result = output.mutableSpan
    stream.step(frame.span, into: &result, counting: &count)
    let before = allocation_count()
    for _ in 0..<1000 { stream.step(frame.span, into: &result, counting: &count) }
    #expect(allocation_count() == before)
    #expect(count.steps == 1001)
  }
}
