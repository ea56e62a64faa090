import Sparrow
import TestSupport
import Testing

struct StreamStateTests {
  @Test(arguments: SmallNetwork.all)
  func copyGoesOnByItself(_ small: SmallNetwork) throws {
    let plan = Plan(try small.network)
    let frames = small.frames(60)
    let whole = run(plan, frames, chunk: 1)
    let half = 30 * plan.inputWidth
    var stream = NetworkStream(plan)
    _ = stream.run(Array(frames[..<half]))
    var copy = stream.copy()
    _ = stream.run(small.frames(5))  // does not touch the copy
    #expect(copy.run(Array(frames[half...])) == Array(whole[(30 * plan.outputWidth)...]))
  }

  /// In another process, which has only the bytes of the model file and of the state.
  @Test func encodedStateGoesOnInAnotherProcess() async throws {
    let small = try #require(SmallNetwork.all.first { $0.testDescription.hasPrefix("S5") })
    let network = try small.network
    let frames = small.frames(60)
    let half = 30 * network.inputWidth
    var stream = NetworkStream(Plan(network))
    _ = stream.run(Array(frames[..<half]))
    let state = stream.state.encode()
    let expected = stream.run(Array(frames[half...]))
    let model = network.modelFile()
    let rest = Array(frames[half...])
    await #expect(processExitsWith: .success) {
      [
        model = model as [UInt8], state = state as [UInt8], rest = rest as [Float],
        expected = expected as [Float]
      ] in
      let plan = Plan(try Network(modelFile: model))
      var other = NetworkStream(plan)
      other.state = try StreamState(decoding: state, for: plan)
      try #require(other.run(rest) == expected)
    }
  }

  /// A new plan, from the bytes of the model file.
  @Test(arguments: SmallNetwork.all)
  func encodedStateGoesOnElsewhere(_ small: SmallNetwork) throws {
    let network = try small.network
    let file = network.modelFile()
    let frames = small.frames(60)
    let whole = run(Plan(network), frames, chunk: 1)
    let half = 30 * network.inputWidth
    var stream = NetworkStream(Plan(network))
    _ = stream.run(Array(frames[..<half]))
    let bytes = stream.state.encode()

    let plan = Plan(try Network(modelFile: file))
    var other = NetworkStream(plan)
    other.state = try StreamState(decoding: bytes, for: plan)
    #expect(other.state == stream.state)
    #expect(other.run(Array(frames[half...])) == Array(whole[(30 * plan.outputWidth)...]))
  }

  @Test(arguments: InstructionSet.supported, InstructionSet.supported)
  func stateMovesBetweenInstructionSets(_ one: InstructionSet, _ other: InstructionSet) throws {
    for small in SmallNetwork.all {
      let network = try small.network
      let frames = small.frames(60)
      let half = 30 * network.inputWidth
      var stream = NetworkStream(Plan(network, instructionSet: one))
      _ = stream.run(Array(frames[..<half]))
      var moved = NetworkStream(Plan(network, instructionSet: other))
      moved.state = stream.state
      let expected = stream.run(Array(frames[half...])).map(Double.init)
      #expect(relativeError(moved.run(Array(frames[half...])), expected) < 2e-6)
    }
  }

  @Test func stateHasNoPadding() throws {
    let network = try SmallNetwork(
      testDescription: "", inputWidth: 3,
      layers: [.linearRecurrence(LinearRecurrenceLayer(states: 5))]
    ).network
    let plan = Plan(network)
    #expect(plan.stateValueCount == 10)
    #expect(NetworkStream(plan).state.encode().count == 24 + 4 * 10)
  }

  @Test func encodingIsStable() throws {
    let network = try SmallNetwork(
      testDescription: "", inputWidth: 1,
      layers: [.linearRecurrence(LinearRecurrenceLayer(states: 1))]
    ).network
    let plan = Plan(network)
    var bytes: [UInt8] = Array("SPRS".utf8) + [1, 0, 0, 0]
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: plan.fingerprint >> (8 * $0)) }
    bytes += [2, 0, 0, 0, 0, 0, 0, 0]
    bytes += [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]  // 1 and -2
    let state = try StreamState(decoding: bytes, for: plan)
    #expect(state.encode() == bytes)
    var stream = NetworkStream(plan)
    stream.state = state
    #expect(stream.state == state)
  }

  @Test func damagedStatesAreRefused() throws {
    let small = SmallNetwork.all[17]
    let plan = Plan(try small.network)
    var stream = NetworkStream(plan)
    _ = stream.run(small.frames(3))
    let bytes = stream.state.encode()
    for count in 0..<bytes.count {
      let error: StreamStateError = count < 24 ? .notAState : .truncated
      #expect(throws: error) { try StreamState(decoding: Array(bytes[..<count]), for: plan) }
    }
    #expect(throws: StreamStateError.truncated) {
      try StreamState(decoding: bytes + [0], for: plan)
    }
    func changed(_ index: Int, to value: UInt8) -> [UInt8] {
      var changed = bytes
      changed[index] = value
      return changed
    }
    #expect(throws: StreamStateError.notAState) {
      try StreamState(decoding: changed(0, to: 0), for: plan)
    }
    #expect(throws: StreamStateError.unsupportedVersion(2)) {
      try StreamState(decoding: changed(4, to: 2), for: plan)
    }
    #expect(throws: StreamStateError.truncated) {
      try StreamState(decoding: changed(23, to: 0xff), for: plan)
    }
    #expect(throws: StreamStateError.otherNetwork) {
      try StreamState(decoding: changed(9, to: bytes[9] ^ 1), for: plan)
    }
  }

  /// Networks that differ in a single parameter, or in how they read the same ones, are others.
  @Test func stateBelongsToItsNetwork() throws {
    let layer = LinearRecurrenceLayer(states: 4)
    let small = SmallNetwork(
      testDescription: "", inputWidth: 3, layers: [.linearRecurrence(layer)])
    let network = try small.network
    let state = NetworkStream(Plan(network)).state.encode()

    var parameters = network.parameters
    parameters["layers.0.D"]?.values[2] += 1
    var bilinear = layer
    bilinear.discretization = .bilinear
    let others = [
      try Network(inputWidth: 3, layers: network.layers, parameters: parameters),
      try Network(
        inputWidth: 3, layers: [.linearRecurrence(bilinear)], parameters: network.parameters),
      try Network(
        inputWidth: 3, layers: network.layers + [.activation(.relu)],
        parameters: network.parameters),
    ]
    for other in others {
      #expect(other.fingerprint != network.fingerprint)
      #expect(throws: StreamStateError.otherNetwork) {
        try StreamState(decoding: state, for: Plan(other))
      }
    }
    // What is said of a network makes no difference to what it computes.
    var described = network
    described.information["title"] = "Another"
    #expect(described.fingerprint == network.fingerprint)
  }
}
