import Sparrow
import TestSupport
import Testing

struct StreamTests {
  /// Against double precision, whatever is folded and fused on the way.
  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func agreesWithReference(_ small: SmallNetwork, _ set: InstructionSet) throws {
    let network = try small.network
    let frames = small.frames(40)
    let output = run(Plan(network, instructionSet: set), frames, chunk: 1)
    var reference = ReferenceNetwork(network)
    let expected = reference.run(rows(frames, small.inputWidth))
    #expect(relativeError(output, expected.flatMap { $0 }) < 2e-6)
  }

  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func chunksMakeNoDifference(_ small: SmallNetwork, _ set: InstructionSet) throws {
    let plan = Plan(try small.network, instructionSet: set)
    let frames = small.frames(130)
    let whole = run(plan, frames, chunk: 130)
    for chunk in [1, 7, 64] { #expect(run(plan, frames, chunk: chunk) == whole) }
  }

  @Test(arguments: SmallNetwork.all)
  func countingMakesNoDifference(_ small: SmallNetwork) throws {
    let plan = Plan(try small.network)
    let frames = small.frames(10)
    var stream = NetworkStream(plan)
    var output: [Float] = []
    var count = OperationCount(plan)
    for i in 0..<10 {
      var frame = [Float](repeating: 0, count: plan.outputWidth)
      var frameSpan = frame.mutableSpan
      stream.step(
        frames.span.extracting(i * plan.inputWidth..<(i + 1) * plan.inputWidth), into: &frameSpan,
        counting: &count)
      output += frame
    }
    #expect(output == run(plan, frames, chunk: 1))
  }

  @Test(arguments: SmallNetwork.all)
  func noFramesAreNothing(_ small: SmallNetwork) throws {
    var stream = NetworkStream(Plan(try small.network))
    #expect(stream.run([]) == [])
  }

  @Test(arguments: SmallNetwork.all)
  func resetBeginsAgain(_ small: SmallNetwork) throws {
    let plan = Plan(try small.network)
    let frames = small.frames(20)
    var stream = NetworkStream(plan)
    let first = stream.run(frames)
    stream.reset()
    #expect(stream.state == NetworkStream(plan).state)
    #expect(stream.run(frames) == first)
  }

  /// Two streams of one plan don't know of each other.
  @Test func streamsAreIndependent() throws {
    let small = SmallNetwork.all[17]
    let plan = Plan(try small.network)
    let frames = small.frames(20)
    let alone = run(plan, frames, chunk: 1)
    var one = NetworkStream(plan)
    var other = NetworkStream(plan)
    var output: [Float] = []
    for i in 0..<20 {
      output += one.run(Array(frames[i * small.inputWidth..<(i + 1) * small.inputWidth]))
      _ = other.run(Array(repeating: 3, count: small.inputWidth))
    }
    #expect(output == alone)
  }
}

func rows(_ values: [Float], _ width: Int) -> [[Double]] {
  stride(from: 0, to: values.count, by: width).map { values[$0..<$0 + width].map(Double.init) }
}
