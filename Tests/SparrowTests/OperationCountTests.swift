import Sparrow
import TestSupport
import Testing

struct OperationCountTests {
  /// Over the frames.
  private func count(_ network: Network, _ frames: [Float]) -> OperationCount {
    let plan = Plan(network)
    var stream = NetworkStream(plan)
    var output = [Float](repeating: 0, count: plan.outputWidth)
    var count = OperationCount(plan)
    for first in stride(from: 0, to: frames.count, by: plan.inputWidth) {
      var outputSpan = output.mutableSpan
      stream.step(
        frames.span.extracting(first..<first + plan.inputWidth), into: &outputSpan,
        counting: &count)
    }
    return count
  }

  /// Zeros in weights, in frames and behind rectifiers, against a loop over every product, matrix
  /// by matrix.
  @Test(arguments: SmallNetwork.all, [1, 0.3, 0] as [Float])
  func countsAreThoseOfABruteForceCount(_ small: SmallNetwork, density: Float) throws {
    var small = small
    small.density = density
    let network = try small.network
    let frames = small.frames(12)
    var reference = ReferenceNetwork(network)
    _ = reference.run(rows(frames, small.inputWidth))
    let count = count(network, frames)
    #expect(count.steps == 12)
    let matrices = network.matrixDescriptions
    #expect(count.matrices.count == matrices.count)
    #expect(Set(reference.counts.keys) == Set(matrices.map(\.name)))
    for (matrix, var counted) in zip(matrices, count.matrices) {
      counted.weightBytes = 0  // not the reference's concern
      #expect(counted == reference.counts[matrix.name], "\(matrix.name)")
    }
  }

  @Test(arguments: SmallNetwork.all)
  func matricesAreThoseOfTheShapes(_ small: SmallNetwork) throws {
    var small = small
    small.density = 0.3
    let network = try small.network
    let count = count(network, small.frames(3))
    for (matrix, counted) in zip(network.matrixDescriptions, count.matrices) {
      // Every weight of a matrix is multiplied once a frame.
      #expect(counted.denseMACs == 3 * matrix.count)
      #expect(counted.nonZeroWeightMACs == 3 * network.nonZeroCount(of: matrix))
    }
    let weights = network.parameterDescriptions
      .filter { $0.role == .weight || $0.role == .stateSpaceMatrix }
    #expect(count.total.denseMACs == 3 * weights.reduce(0) { $0 + $1.count })
    #expect(network.matrixDescriptions.flatMap(\.parameters) == weights)
  }

  @Test func namesAreThoseOfTheParameters() throws {
    let layers = Layer.s5(width: 4, states: 3, blocks: 1, outputs: 2)
    let small = SmallNetwork(testDescription: "", inputWidth: 5, layers: layers)
    let matrices = try small.network.matrixDescriptions
    #expect(
      matrices.map(\.name) == [
        "layers.0.weight", "layers.1.layers.1.B", "layers.1.layers.1.C",
        "layers.1.layers.3.weight", "layers.2.weight",
      ])
    #expect(matrices.map(\.rows) == [4, 6, 4, 4, 2])
    #expect(matrices.map(\.columns) == [5, 4, 6, 4, 4])
  }

  @Test func countsAddUp() throws {
    let small = try #require(SmallNetwork.all.first { $0.testDescription == "S5, relufied" })
    let network = try small.network
    let frames = small.frames(20)
    let half = frames.count / 2
    // The matrix that reads the frames has no state before it, so its counts add up over halves.
    var sum = count(network, Array(frames[..<half]))
    sum += count(network, Array(frames[half...]))
    let whole = count(network, frames)
    #expect(sum.steps == whole.steps)
    #expect(sum.matrices[0] == whole.matrices[0])
    #expect(sum.total.denseMACs == whole.total.denseMACs)
    #expect(sum.pointwiseMultiplications == whole.pointwiseMultiplications)
  }

  @Test func pointwiseWorkIsCountedApart() throws {
    func multiplications(_ layers: [Layer], width: Int) throws -> Int {
      let small = SmallNetwork(testDescription: "", inputWidth: width, layers: layers)
      return count(try small.network, small.frames(1)).pointwiseMultiplications
    }
    #expect(try multiplications([.dense(DenseLayer(outputs: 3))], width: 5) == 0)
    #expect(try multiplications([.normalization], width: 5) == 5)
    #expect(try multiplications([.normalization, .dense(DenseLayer(outputs: 3))], width: 5) == 0)
    #expect(try multiplications([.gate], width: 5) == 5)
    let recurrence = Layer.linearRecurrence(LinearRecurrenceLayer(states: 3))
    #expect(try multiplications([recurrence], width: 5) == 8 * 3 + 5)
    #expect(try multiplications([.residual([.activation(.relu)])], width: 5) == 0)
  }

  /// What is read of a dense matrix: rows are stored in sixteens.
  @Test func weightBytes() throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 5, layers: [.dense(DenseLayer(outputs: 17))])
    #expect(count(try small.network, small.frames(2)).total.weightBytes == 2 * 4 * 32 * 5)
  }

  struct Size: Sendable {
    let width: Int
    let states: Int
    let parameters: Int
    let macs: Int
  }

  /// The denoisers of Pierro et al. (2025) from a quarter of the width to three times, as their
  /// released code has them: 257 bins, three blocks.
  static let sizes = [
    Size(width: 48, states: 32, parameters: 51_185, macs: 50_832),
    Size(width: 72, states: 48, parameters: 95_657, macs: 95_256),
    Size(width: 96, states: 64, parameters: 152_801, macs: 152_352),
    Size(width: 144, states: 96, parameters: 305_105, macs: 304_560),
    Size(width: 192, states: 128, parameters: 508_097, macs: 507_456),
    Size(width: 288, states: 192, parameters: 1_066_145, macs: 1_065_312),
    Size(width: 384, states: 256, parameters: 1_826_945, macs: 1_825_920),
    Size(width: 480, states: 320, parameters: 2_790_497, macs: 2_789_280),
    Size(width: 576, states: 384, parameters: 3_956_801, macs: 3_955_392),
  ]

  @Test(arguments: sizes) func parametersOfTheDenoisers(_ size: Size) {
    let layers = Layer.s5(width: size.width, states: size.states, blocks: 3, outputs: 257)
    let parameters = layers.placed(inputWidth: 257, path: "")
      .flatMap { $0.layer.parameters(inputWidth: $0.width, path: $0.path) }
    #expect(
      parameters.filter { $0.role != .statistic }.reduce(0) { $0 + $1.count } == size.parameters)
  }

  /// A frame takes the products of the matrices and, in each block, four multiplications a state
  /// for Ā and one a value for each of D, the gate and the normalisation. A plan folds the
  /// normalisation and multiplies by the factor of B̄ apart, at four a state.
  @Test(arguments: sizes.prefix(5)) func macsOfTheDenoisers(_ size: Size) throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 257,
      layers: Layer.s5(width: size.width, states: size.states, blocks: 3, outputs: 257))
    let count = count(try small.network, Array(repeating: 1, count: 257))
    let apart = 3 * (4 * size.states - size.width)
    #expect(count.total.denseMACs + count.pointwiseMultiplications - apart == size.macs)
    #expect(count.total.effectiveMACs == count.total.denseMACs)
  }
}
