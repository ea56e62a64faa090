import Sparrow

/// Model files: what is read is run for some steps and written again.
enum ModelTarget {
  static func run(_ bytes: [UInt8]) throws {
    let network = try Network(modelFile: bytes)
    let count = network.parameterDescriptions.reduce(0) { $0 + network[$1.name].values.count }
    // Packing takes time by the parameters; what is small stands for what is not.
    guard count < 200_000 else { return }
    let again = try Network(modelFile: network.modelFile())
    precondition(again.layers == network.layers, "what is written is what was read")
    for instructionSet in InstructionSet.all where instructionSet.isSupported {
      PlanTarget.steps(Plan(network, instructionSet: instructionSet))
    }
  }

  static func seeds() throws -> [[UInt8]] {
    try SmallNetworks.all().map { $0.modelFile() }
  }
}

/// Plan images: what is accepted takes steps on every instruction set.
enum PlanTarget {
  static func run(_ bytes: [UInt8]) throws { try plans(bytes) { steps($0) } }

  /// Calls `body` with the plan of an image for every instruction set.
  static func plans(_ bytes: [UInt8], _ body: (Plan) throws -> Void) throws {
    // Exactly as long as it says, so that the address sanitizer sees what is read beyond it.
    let image = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(bytes.count, 1), alignment: Plan.imageAlignment)
    defer { image.deallocate() }
    image.copyBytes(from: bytes)
    let view = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(image)[..<bytes.count])
    for instructionSet in InstructionSet.all where instructionSet.isSupported {
      try body(try Plan(image: view, instructionSet: instructionSet))
    }
  }

  /// Three steps with numbers of all sizes.
  static func steps(_ plan: Plan) {
    guard plan.streamByteCount < 64 << 20 else { return }
    var stream = NetworkStream(plan)
    let values: [Float] = [0, 1, -1, 1e30, -1e30, .leastNonzeroMagnitude, .infinity, .nan]
    var output = [Float](repeating: 0, count: plan.outputWidth)
    for step in 0..<3 {
      let frame = (0..<plan.inputWidth).map { values[($0 + step * 3) % values.count] }
      var span = output.mutableSpan
      stream.step(frame.span, into: &span)
    }
  }

  static func seeds() throws -> [[UInt8]] {
    try SmallNetworks.bare().flatMap { network in
      [InstructionSet.best, .scalar].map { set in
        Plan(network, instructionSet: set).withImage { Array($0) }
      }
    }
  }
}

/// States of streams.
enum StateTarget {
  private static let plan: Plan = {
    do { return Plan(try SmallNetworks.bare()[3]) } catch {
      preconditionFailure("a small network: \(error)")
    }
  }()

  static func run(_ bytes: [UInt8]) throws {
    let state = try StreamState(decoding: bytes, for: plan)
    precondition(state.encode() == bytes, "a state is written as it was read")
    var stream = NetworkStream(plan)
    stream.state = state
    let frame = [Float](repeating: 0.5, count: plan.inputWidth)
    var output = [Float](repeating: 0, count: plan.outputWidth)
    var span = output.mutableSpan
    stream.step(frame.span, into: &span)
  }

  static func seeds() throws -> [[UInt8]] {
    var stream = NetworkStream(plan)
    let first = stream.state.encode()
    let frame = [Float](repeating: 0.5, count: plan.inputWidth)
    var output = [Float](repeating: 0, count: plan.outputWidth)
    var span = output.mutableSpan
    stream.step(frame.span, into: &span)
    return [first, stream.state.encode()]
  }
}
