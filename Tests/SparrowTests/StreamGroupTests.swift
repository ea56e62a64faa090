import Sparrow
import TestSupport
import Testing

/// Streams of a group against single ones: the same bits, whatever the others do.
struct StreamGroupTests {
  @Test(arguments: SmallNetwork.all, InstructionSet.supported)
  func agreesWithSingleStreams(_ small: SmallNetwork, _ set: InstructionSet) throws {
    let plan = Plan(try small.network, instructionSet: set)
    expectSame(plan, 7, steps: 10, seed: 1)
  }

  @Test(arguments: FixedPointTests.networks, InstructionSet.supported)
  func agreesInFixedPoint(_ small: SmallNetwork, _ set: InstructionSet) throws {
    for scheme in [QuantizationScheme.w8a16, .w8a8] {
      let network = try FixedPointTests.quantized(small, scheme)
      let plan = Plan(network, instructionSet: set)
      for capacity in [5, 40] { expectSame(plan, capacity, steps: 12, seed: 2) }
      let stepsTogether = StreamGroup(steppingTogether: plan, capacity: 5).stepsTogether
      let lacksKernels = ["onvolution", "layer normalisation"].contains {
        small.testDescription.contains($0)
      }
      #expect(stepsTogether != lacksKernels)
    }
  }

  @Test(arguments: MatrixFormat.allCases, InstructionSet.supported)
  func agreesInEveryFormat(_ format: MatrixFormat, _ set: InstructionSet) throws {
    var small = UnfoldingTests.wide
    small.density = 0.3
    expectSame(Plan(try small.network, format: format, instructionSet: set), 20, steps: 8, seed: 3)
    let sparse = try #require(SmallNetwork.all.last { $0.testDescription.hasPrefix("sparse S5") })
    for scheme in [QuantizationScheme.w8a16, .w8a8] {
      let plan = Plan(
        try FixedPointTests.quantized(sparse, scheme), format: format, instructionSet: set)
      expectSame(plan, 20, steps: 8, seed: 4)
    }
  }

  @Test(arguments: WeightPrecisionTests.precisions, InstructionSet.supported)
  func agreesWithRoundedWeights(_ weights: WeightPrecision, _ set: InstructionSet) throws {
    let plan = Plan(try UnfoldingTests.wide.network, weights: weights, instructionSet: set)
    expectSame(plan, 20, steps: 8, seed: 5)
  }

  /// Frames of integers, too.
  @Test(arguments: InstructionSet.supported)
  func takesFramesOfIntegers(_ set: InstructionSet) throws {
    let small = try #require(SmallNetwork.all.first { $0.testDescription == "S5, relufied" })
    let plan = Plan(try FixedPointTests.quantized(small, .w8a16), instructionSet: set)
    var group = StreamGroup(steppingTogether: plan, capacity: 3)
    for _ in 0..<3 { _ = group.add() }
    let stepsTogether = group.stepsTogether
    #expect(stepsTogether)
    var numbers = TestNumbers(seed: 6)
    let frames = (0..<2).map { _ in
      (0..<10 * plan.inputWidth).map { _ in Int16(truncatingIfNeeded: numbers.next()) }
    }
    // The third one waits.
    let streams = [1, 0]
    var outputs = [Int16](repeating: 1, count: 2 * plan.outputWidth)
    for step in 0..<10 {
      let range = step * plan.inputWidth..<(step + 1) * plan.inputWidth
      let both = Array(frames[1][range] + frames[0][range])
      var span = outputs.mutableSpan
      group.step(streams.span, both.span, into: &span)
    }
    let expected = singleOutput(plan, frames[1]) + singleOutput(plan, frames[0])
    #expect(outputs == expected)
    let waiting = group.state(of: 2)
    #expect(waiting == NetworkStream(plan).state)
  }

  private func singleOutput(_ plan: Plan, _ frames: [Int16]) -> [Int16] {
    var stream = NetworkStream(plan)
    var output = [Int16](repeating: 0, count: plan.outputWidth)
    var span = output.mutableSpan
    for first in stride(from: 0, to: frames.count, by: plan.inputWidth) {
      stream.step(frames.span.extracting(first..<first + plan.inputWidth), into: &span)
    }
    return output
  }

  @Test func indicesAreTheLowestFreeOnes() throws {
    var group = StreamGroup(Plan(try SmallNetwork.all[1].network), capacity: 3)
    let first = [group.add(), group.add(), group.add(), group.add()]
    #expect(first == [0, 1, 2, nil])
    var count = group.count
    #expect(count == 3)
    group.remove(1)
    let known = [
      group.contains(-1), group.contains(0), group.contains(1), group.contains(2),
      group.contains(3),
    ]
    #expect(known == [false, true, false, true, false])
    count = group.count
    #expect(count == 2)
    let again = [group.add(), group.add()]
    #expect(again == [1, nil])
  }

  /// Two groups between which streams move, beside a single stream for each: in every step streams
  /// join, leave, begin anew, move or wait, at random.
  private func expectSame(
    _ plan: Plan, _ capacity: Int, steps: Int, seed: UInt64,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var numbers = TestNumbers(seed: seed)
    var groups = TwoGroups(plan, capacity)
    for _ in 0..<steps {
      groups.change(&numbers)
      for side in 0..<2 {
        let (expected, found) = groups.step(side, &numbers)
        // Bits, so that what is no number is compared, too.
        #expect(
          expected.map(\.bitPattern) == found.map(\.bitPattern), sourceLocation: sourceLocation)
      }
    }
    let agree = groups.statesAgree
    #expect(agree, sourceLocation: sourceLocation)
  }
}

/// Two groups, and single streams that take the same frames.
private struct TwoGroups: ~Copyable {
  private final class Single {
    var stream: NetworkStream
    init(_ plan: Plan) { stream = NetworkStream(plan) }
  }
  private let plan: Plan
  private var one: StreamGroup
  private var other: StreamGroup
  /// By group and by index.
  private var singles: [[Int: Single]] = [[:], [:]]

  init(_ plan: Plan, _ capacity: Int) {
    self.plan = plan
    // Of the other kind where so many streams are faster one by one.
    one = StreamGroup(steppingTogether: plan, capacity: capacity)
    other = StreamGroup(plan, capacity: (capacity + 1) / 2)
  }

  mutating func change(_ numbers: inout TestNumbers) {
    // Fills up, mostly.
    for _ in 0..<3 {
      if let index = one.add() { singles[0][index] = Single(plan) }
    }
    if let index = other.add() { singles[1][index] = Single(plan) }
    if numbers.next() % 4 == 0, let index = pick(0, &numbers) {
      one.remove(index)
      singles[0][index] = nil
    }
    if numbers.next() % 4 == 0, let index = pick(0, &numbers) {
      one.reset(index)
      singles[0][index]!.stream.reset()
    }
    if numbers.next() % 2 == 0, let index = pick(0, &numbers) {
      if let moved = other.add(one.state(of: index)) {
        one.remove(index)
        singles[1][moved] = singles[0].removeValue(forKey: index)
      }
    }
    if numbers.next() % 4 == 0, let index = pick(1, &numbers), let target = pick(0, &numbers) {
      one.setState(other.state(of: index), of: target)
      singles[0][target]!.stream.state = singles[1][index]!.stream.state
    }
  }

  private func pick(_ side: Int, _ numbers: inout TestNumbers) -> Int? {
    singles[side].keys.sorted().randomElement(using: &numbers)
  }

  /// Some of a group's streams take a frame each; gives what single ones make of it, and the group.
  mutating func step(
    _ side: Int, _ numbers: inout TestNumbers
  ) -> (expected: [Float], found: [Float]) {
    let share = [1, 1, 0.5, 0.1][Int(numbers.next() % 4)] as Float
    let streams = singles[side].keys.sorted().shuffled(using: &numbers).filter { _ in
      numbers.float(in: 0...1) <= share
    }
    let frames = numbers.sparseFloats(streams.count * plan.inputWidth, density: 0.9)
    var expected: [Float] = []
    for (place, index) in streams.enumerated() {
      let frame = frames[place * plan.inputWidth..<(place + 1) * plan.inputWidth]
      expected += singles[side][index]!.stream.run(Array(frame))
    }
    var found = [Float](repeating: 7, count: streams.count * plan.outputWidth)
    var span = found.mutableSpan
    if side == 0 {
      one.step(streams.span, frames.span, into: &span)
    } else {
      other.step(streams.span, frames.span, into: &span)
    }
    return (expected, found)
  }

  var statesAgree: Bool {
    for (index, single) in singles[0] where one.state(of: index) != single.stream.state {
      return false
    }
    for (index, single) in singles[1] where other.state(of: index) != single.stream.state {
      return false
    }
    return one.count == singles[0].count && other.count == singles[1].count
  }
}
