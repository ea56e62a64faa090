import Sparrow
import SparrowModels
import SparrowTraining

/// Small networks to begin with, one for every kind of layer that a description can name.
enum SmallNetworks {
  static let layers: [[Layer]] = [
    [.dense(DenseLayer(outputs: 3))], Layer.s5(width: 4, states: 2, blocks: 1, outputs: 2),
  ]

  static func all() throws -> [Network] {
    try layers.map { try Network(initializing: $0, inputWidth: 3, seed: 1) }
  }
}

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
    try SmallNetworks.all().map { $0.modelFile() } + [EmbeddedModel.keywords.bytes]
  }
}

/// Plan images: what is accepted takes steps on every instruction set.
enum PlanTarget {
  static func run(_ bytes: [UInt8]) throws {
    let image = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(bytes.count, 1), alignment: Plan.imageAlignment)
    defer { image.deallocate() }
    image.copyBytes(from: bytes)
    let view = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(image)[..<bytes.count])
    for instructionSet in InstructionSet.all where instructionSet.isSupported {
      steps(try Plan(image: view, instructionSet: instructionSet))
    }
  }

  /// Three steps with numbers of all sizes.
  static func steps(_ plan: Plan) {
    guard plan.streamByteCount < 64 << 20 else { return }
    var stream = NetworkStream(plan)
    let values: [Float] = [0, 1, -1, 1e30, -1e30, 1e-40, .infinity, .nan]
    var output = [Float](repeating: 0, count: plan.outputWidth)
    for step in 0..<3 {
      let frame = (0..<plan.inputWidth).map { values[($0 + step * 3) % values.count] }
      var span = output.mutableSpan
      stream.step(frame.span, into: &span)
    }
  }

  static func seeds() throws -> [[UInt8]] {
    try (SmallNetworks.all() + [EmbeddedModel.keywords.network]).map { network in
      Plan(network).withImage { Array($0) }
    }
  }
}

/// States of streams.
enum StateTarget {
  private static let plan = Plan(EmbeddedModel.keywords.network)

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
