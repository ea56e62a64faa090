import Sparrow
import TestSupport
import Testing

@testable import Sparrow
@testable import SparrowCore

/// The contents of a stream's workspace between two steps make no difference, so that front ends
/// may use it.
struct WorkspaceTests {
  @Test(arguments: InstructionSet.supported, [0, 3000])
  func holdsNothingBetweenSteps(_ set: InstructionSet, count: Int) throws {
    for network in [
      try PlanValidationTests.everyLayer(), try PlanValidationTests.everyLayerInFixedPoint(),
    ] {
      for weights in WeightPrecision.allCases {
        for format in MatrixFormat.allCases + [nil] {
          let plan = Plan(network, weights: weights, format: format, instructionSet: set)
          compare(plan, workspaceCount: count, "\(weights), \(format?.rawValue ?? "chosen")")
        }
      }
    }
  }

  private func compare(_ plan: Plan, workspaceCount: Int, _ name: String) {
    var numbers = TestNumbers(seed: 3)
    var clean = NetworkStream(plan)
    var disturbed = NetworkStream(plan, workspaceCount: workspaceCount)
    var expected = [Float](repeating: 0, count: plan.outputWidth)
    var output = expected
    let count = max(plan.workspaceCount(unfolding: 1), workspaceCount)
    for step in 0..<12 {
      // Not a number as floats, and large as integers.
      disturbed.workspace.initializeMemory(
        as: UInt32.self, repeating: 0xFFFF_FFFF &- UInt32(step), count: count)
      let frame = numbers.floats(plan.inputWidth)
      var span = expected.mutableSpan
      clean.step(frame.span, into: &span)
      span = output.mutableSpan
      disturbed.step(frame.span, into: &span)
      #expect(output.map(\.bitPattern) == expected.map(\.bitPattern), "\(name), step \(step)")
    }
    #expect(clean.state == disturbed.state, "\(name)")
  }
}

struct ScratchAllocatorTests {
  /// Slots that are held at a time never overlap, and memory that is free is given again.
  @Test(arguments: 0..<20) func slotsDoNotOverlap(seed: Int) {
    var numbers = TestNumbers(seed: UInt64(seed))
    let perWord = seed % 2 + 1
    var allocator = ScratchAllocator(valuesPerWord: perWord)
    var held: [Slot] = []
    var most = 0
    func range(_ slot: Slot) -> Range<Int> {
      Int(slot.offset)..<Int(slot.offset) + padded(slot.width / perWord)
    }
    for _ in 0..<400 {
      let draw = numbers.floats(2, in: 0...1)
      if held.isEmpty || draw[0] < 0.5 {
        let slot = allocator.allocate(1 + Int(draw[1] * 300))
        #expect(slot.offset % 16 == 0)
        #expect(!held.contains { range($0).overlaps(range(slot)) })
        held.append(slot)
      } else {
        allocator.release(held.remove(at: Int(draw[1] * 0.999 * Float(held.count))))
      }
      most = max(most, held.map { range($0).upperBound }.max() ?? 0)
    }
    #expect(allocator.capacity == most)
    for slot in held { allocator.release(slot) }
    // All of it is one piece again.
    #expect(allocator.allocate(allocator.capacity * perWord).offset == 0)
    #expect(allocator.capacity == most)
  }
}
