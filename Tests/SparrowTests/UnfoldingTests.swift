import Sparrow
import TestSupport
import Testing

/// Frames that go through a layer at once come out as they do one by one.
struct UnfoldingTests {
  /// Rows that fill whole panels and rows that don't, beside columns of which some are left over.
  static let wide = SmallNetwork(
    testDescription: "wide", inputWidth: 37,
    layers: [
      .dense(DenseLayer(outputs: 150)), .recurrent(RecurrentLayer(.lstm, units: 40)),
      .recurrent(RecurrentLayer(.gru(resetsFirst: true), units: 70)),
      .residual([
        .linearRecurrence(LinearRecurrenceLayer(states: 33)), .activation(.gelu), .gate,
      ]), .dense(DenseLayer(outputs: 33)),
    ])

  private func expectSame(_ plan: Plan, _ frames: [Float]) {
    let count = frames.count / plan.inputWidth
    func run(unfolding: Int) -> (output: [Float], state: StreamState, count: OperationCount) {
      var stream = NetworkStream(plan, unfolding: unfolding)
      var output = [Float](repeating: 0, count: count * plan.outputWidth)
      var operations = OperationCount(plan)
      var result = output.mutableSpan
      stream.run(frames.span, into: &result, counting: &operations)
      return (output, stream.state, operations)
    }
    let steps = run(unfolding: 1)
    for unfolding in [2, 3, 7, 200] {
      let unfolded = run(unfolding: unfolding)
      #expect(unfolded.output == steps.output)
      #expect(unfolded.state == steps.state)
      #expect(unfolded.count == steps.count)
    }
  }

  @Test(arguments: SmallNetwork.all + [wide], InstructionSet.supported)
  func makesNoDifference(_ small: SmallNetwork, _ set: InstructionSet) throws {
    expectSame(Plan(try small.network, instructionSet: set), small.frames(25))
  }

  @Test(arguments: WeightPrecisionTests.precisions, InstructionSet.supported)
  func makesNoDifferenceToRoundedWeights(
    _ weights: WeightPrecision, _ set: InstructionSet
  ) throws {
    let small = Self.wide
    expectSame(
      Plan(try small.network, weights: weights, instructionSet: set), small.frames(25))
  }

  @Test(arguments: MatrixFormat.allCases)
  func makesNoDifferenceToFormats(_ format: MatrixFormat) throws {
    var small = Self.wide
    small.density = 0.3
    expectSame(Plan(try small.network, format: format), small.frames(25))
  }

  /// A copy goes on from the same place and takes as many frames at once.
  @Test func copiesUnfoldAsMuch() throws {
    let small = Self.wide
    var stream = NetworkStream(Plan(try small.network), unfolding: 5)
    _ = stream.run(small.frames(8))
    var copy = stream.copy()
    #expect(copy.unfolding == 5)
    #expect(copy.run(small.frames(8)) == stream.run(small.frames(8)))
  }
}
