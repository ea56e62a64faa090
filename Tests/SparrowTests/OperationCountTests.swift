import Sparrow
import TestSupport
import Testing

struct OperationCountTests {
  /// The sum over the layers of a plan and over the frames.
  private func count(_ network: Network, _ frames: [Float]) -> OperationCount {
    let plan = Plan(network)
    var stream = Stream(plan)
    var output = [Float](repeating: 0, count: plan.outputWidth)
    var counts = [OperationCount](repeating: OperationCount(), count: plan.layerCount)
    for first in stride(from: 0, to: frames.count, by: plan.inputWidth) {
      var outputSpan = output.mutableSpan
      var countsSpan = counts.mutableSpan
      stream.step(
        frames.span.extracting(first..<first + plan.inputWidth), into: &outputSpan,
        counting: &countsSpan)
    }
    return counts.reduce(into: OperationCount()) { $0 += $1 }
  }

  /// Zeros in weights, in frames and behind rectifiers, against a loop over every product.
  @Test(arguments: SmallNetwork.all, [1, 0.3, 0] as [Float])
  func effectiveMACsAreThoseOfABruteForceCount(
    _ small: SmallNetwork, density: Float
  ) throws {
    var small = small
    small.density = density
    let network = try small.network
    let frames = small.frames(12)
    var reference = ReferenceNetwork(network)
    _ = reference.run(rows(frames, small.inputWidth))
    #expect(count(network, frames).effectiveMACs == reference.effectiveMACs)
  }

  @Test(arguments: SmallNetwork.all)
  func denseMACsAreThoseOfTheShapes(_ small: SmallNetwork) throws {
    let network = try small.network
    // Every weight of a matrix is multiplied once a frame.
    let weights = network.parameterDescriptions
      .filter { $0.role == .weight || $0.role == .stateSpaceMatrix }
      .reduce(0) { $0 + $1.count }
    #expect(count(network, small.frames(3)).denseMACs == 3 * weights)
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
    #expect(count(try small.network, small.frames(2)).weightBytes == 2 * 4 * 32 * 5)
  }

  struct Size: Sendable {
    let width: Int
    let states: Int
    let parameters: Int
    let macs: Int
  }

  /// The denoisers of Pierro et al. (2025) from a quarter of the width to three times, as their released
  /// code has them: 257 bins, three blocks.
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

  /// A frame takes the products of the matrices and, in each block, four multiplications a state for Ā
  /// and one a value for each of D, the gate and the normalisation. A plan folds the normalisation and
  /// multiplies by the factor of B̄ apart, at four a state.
  @Test(arguments: sizes.prefix(5)) func macsOfTheDenoisers(_ size: Size) throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 257,
      layers: Layer.s5(width: size.width, states: size.states, blocks: 3, outputs: 257))
    let count = count(try small.network, Array(repeating: 1, count: 257))
    let apart = 3 * (4 * size.states - size.width)
    #expect(count.denseMACs + count.pointwiseMultiplications - apart == size.macs)
    #expect(count.effectiveMACs == count.denseMACs)
  }
}
