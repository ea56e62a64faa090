import CAllocationCounter
import Foundation
import Sparrow
import SparrowAudio
import SparrowModels
import TestSupport
import Testing

struct DenoiserTests {
  private static let frontEnd = SpectralFrontEnd(
    window: 256, hop: 128,
    features: [
      .magnitude, .init(.relativeToBin, rise: 1, fall: 0.05, offset: 0.01),
      .init(.relativeToLevel, rise: 1, fall: 1, offset: 0.01),
    ])

  /// A small recurrent denoiser with random weights.
  private static func network() throws -> Network {
    let layers = Layer.s5(width: 16, states: 8, blocks: 1, outputs: frontEnd.bins)
    var numbers = TestNumbers(seed: 1)
    var parameters: [String: Tensor] = [:]
    for (layer, path, width) in layers.placed(inputWidth: frontEnd.inputWidth, path: "") {
      for parameter in layer.parameters(inputWidth: width, path: path) {
        let range: ClosedRange<Float> =
          if parameter.role == .statistic || parameter.role == .normalization {
            0.5...1.5
          } else if parameter.name.hasSuffix("logStep") {
            -5 ... -1
          } else if parameter.name.hasSuffix("values.real") {
            -1 ... -0.1
          } else {
            -0.3...0.3
          }
        parameters[parameter.name] = Tensor(
          shape: parameter.shape, values: numbers.floats(parameter.count, in: range))
      }
    }
    return try Network(
      inputWidth: frontEnd.inputWidth, layers: layers, parameters: parameters,
      frontEnd: .spectral(frontEnd))
  }

  private static let signal: [Float] = {
    var numbers = TestNumbers(seed: 2)
    return (0..<40 * 128).map { 0.3 * sin(Float($0) * 0.05) + 0.1 * numbers.float() }
  }()

  private func run(_ denoiser: inout Denoiser, _ hops: Range<Int>) -> [Float] {
    var output = [Float](repeating: .nan, count: hops.count * 128)
    output.withUnsafeMutableBufferPointer { output in
      for (index, hop) in hops.enumerated() {
        var piece = UnsafeMutableBufferPointer(
          rebasing: output[index * 128..<(index + 1) * 128]
        ).mutableSpan
        denoiser.process(Self.signal.span.extracting(hop * 128..<(hop + 1) * 128), into: &piece)
      }
    }
    return output
  }

  private func denoise(_ signal: [Float], plan: Plan) throws -> [Float] {
    var denoiser = try Denoiser(plan)
    return denoiser.denoise(signal)
  }

  @Test(arguments: InstructionSet.supported)
  func copiesAndStatesGoOn(_ set: InstructionSet) throws {
    let plan = Plan(try Self.network(), instructionSet: set)
    var whole = try Denoiser(plan)
    let expected = run(&whole, 0..<40)
    #expect(expected.allSatisfy { $0.isFinite })

    var first = try Denoiser(plan)
    let beginning = run(&first, 0..<17)
    #expect(beginning == Array(expected[..<(17 * 128)]))
    let state = first.state
    var copy = first.copy()
    _ = run(&first, 3..<9)  // goes its own way
    #expect(run(&copy, 17..<40) == Array(expected[(17 * 128)...]))

    var other = try Denoiser(Plan(Self.network(), instructionSet: set))
    other.state = state
    #expect(other.state == state)
    #expect(run(&other, 17..<40) == Array(expected[(17 * 128)...]))

    other.reset()
    #expect(run(&other, 0..<40) == expected)
  }

  @Test(arguments: [0, 1, 127, 128, 129, 5000])
  func outputIsAsLongAsTheInput(_ count: Int) throws {
    let plan = Plan(try Self.network())
    let signal = Array(Self.signal.prefix(count))
    let output = try denoise(signal, plan: plan)
    #expect(output.count == count)
    #expect(output.allSatisfy { $0.isFinite })
    // What comes later than a window away makes no difference: it is a stream.
    let longer = try denoise(Self.signal, plan: plan)
    let settled = max(0, count - 256)
    #expect(Array(output.prefix(settled)) == Array(longer.prefix(settled)))
  }

  /// A network that says the same of everything.
  private static func constant(_ frontEnd: SpectralFrontEnd, logit: Float) throws -> Network {
    try Network(
      inputWidth: frontEnd.inputWidth, layers: [.dense(DenseLayer(outputs: frontEnd.bands))],
      parameters: [
        "layers.0.weight": Tensor(shape: [frontEnd.bands, frontEnd.inputWidth], repeating: 0),
        "layers.0.bias": Tensor(shape: [frontEnd.bands], repeating: logit),
      ], frontEnd: .spectral(frontEnd))
  }

  struct Case: Sendable {
    let window: Int
    let hop: Int
    let count: Int
  }

  @Test(
    arguments: [
      (128, 64, 1000), (256, 64, 1), (512, 128, 127), (512, 128, 128), (512, 128, 5000),
      (512, 256, 5000),
    ].map { Case(window: $0.0, hop: $0.1, count: $0.2) }, InstructionSet.supported)
  func openMaskGivesTheInput(_ tested: Case, _ set: InstructionSet) throws {
    let frontEnd = SpectralFrontEnd(window: tested.window, hop: tested.hop)
    let network = try Self.constant(frontEnd, logit: 100)
    let signal = Array(Self.signal.prefix(tested.count))
    let output = try denoise(signal, plan: Plan(network, instructionSet: set))
    // A single sample carries the rounding errors of the whole frame around it.
    #expect(signalToNoise(output, signal.map(Double.init)) > (tested.count > 1 ? 110 : 100))
  }

  /// A transform longer than the window, and wide bands.
  @Test func fullBand() throws {
    let frontEnd = SpectralFrontEnd(
      sampleRate: 48_000, window: 960, hop: 480, transformLength: 1024,
      bandEdges: Array(0..<171) + stride(from: 171, to: 501, by: 11) + [513])
    let open = try Self.constant(frontEnd, logit: 100)
    let output = try denoise(Self.signal, plan: Plan(open))
    #expect(signalToNoise(output, Self.signal.map(Double.init)) > 105)
    var denoiser = try Denoiser(Plan(open))
    let (latency, hop) = (denoiser.latency, denoiser.hop)
    #expect(latency == 960 && hop == 480)
    denoiser.reset()
    // Closed from the 100th band on: a tone of bin 300 goes, one of bin 50 stays.
    var half = open.parameters
    for band in 100..<frontEnd.bands { half["layers.0.bias"]!.values[band] = -100 }
    let network = try Network(
      inputWidth: frontEnd.inputWidth, layers: open.layers, parameters: half,
      frontEnd: .spectral(frontEnd))
    func level(bin: Double) throws -> Float {
      let tone = (0..<9600).map { Float(sin(2 * .pi * bin / 1024 * Double($0))) }
      let output = try denoise(tone, plan: Plan(network))
      return output[2000..<8000].reduce(0) { max($0, abs($1)) }
    }
    #expect(try level(bin: 300) < 1e-2)
    #expect(try level(bin: 50) > 0.99)
  }

  @Test func closedMaskIsSilent() throws {
    let network = try Self.constant(Self.frontEnd, logit: -100)
    let output = try denoise(Self.signal, plan: Plan(network))
    #expect(output.allSatisfy { abs($0) < 1e-30 })
  }

  /// A gain of 2 over half-open masks is 1 again.
  @Test func maskGain() throws {
    var frontEnd = Self.frontEnd
    frontEnd.maskGain = 2
    let network = try Self.constant(frontEnd, logit: 0)
    let output = try denoise(Self.signal, plan: Plan(network))
    #expect(signalToNoise(output, Self.signal.map(Double.init)) > 110)
  }

  /// A closed mask attenuates by the limit, and lets the rest of the mix through.
  @Test(
    arguments: [(6, 1), (20, 1), (nil, 0.25), (12, 0.5), (0, 1), (nil, 0)] as [(Float?, Float)])
  func limitsAndMixes(_ limit: Float?, _ mix: Float) throws {
    let options = DenoisingOptions(attenuationLimit: limit, mix: mix)
    let network = try Self.constant(Self.frontEnd, logit: -100)
    var denoiser = try Denoiser(Plan(network), options: options)
    let gain = 1 - mix + mix * (limit.map { pow(10, -$0 / 20) } ?? 0)
    let output = run(&denoiser, 0..<40)
    // A window of 256 samples at a hop of 128 is a hop late.
    let expected = Self.signal.map { Double(gain * $0) }
    #expect(signalToNoise(Array(output[128...]), Array(expected.dropLast(128))) > 100)
    denoiser.reset()
    denoiser.options = DenoisingOptions()
    #expect(run(&denoiser, 0..<40).allSatisfy { abs($0) < 1e-30 })
  }

  @Test func silenceStaysSilent() throws {
    let silence = [Float](repeating: 0, count: 2000)
    let output = try denoise(silence, plan: Plan(try Self.network()))
    #expect(output.allSatisfy { $0 == 0 })
  }

  /// What is not a number is silence, what is far too large the largest that is taken.
  @Test(
    arguments: [(.nan, 0), (.infinity, 16), (-.infinity, -16), (1e30, 16), (-17, -16)]
      as [(broken: Float, taken: Float)], InstructionSet.supported)
  func brokenSamplesPass(_ value: (broken: Float, taken: Float), _ set: InstructionSet) throws {
    let plan = Plan(try Self.network(), instructionSet: set)
    func denoised(with sample: Float) throws -> [Float] {
      var signal = Self.signal
      for i in 1000..<1003 { signal[i] = sample }
      return try denoise(signal, plan: plan)
    }
    let output = try denoised(with: value.broken)
    #expect(try output == denoised(with: value.taken))
    #expect(output.allSatisfy { $0.isFinite })
  }

  /// A state that is sent goes on elsewhere with other instructions; in fixed point, bit by bit.
  @Test(arguments: InstructionSet.supported) func encodedStatesGoOn(_ set: InstructionSet) throws {
    let network = EmbeddedModel.denoiser.network
    var first = try Denoiser(Plan(network))
    let hop = first.hop
    var output = [Float](repeating: 0, count: hop)
    func run(_ denoiser: inout Denoiser, _ hops: Range<Int>) -> [Float] {
      hops.flatMap { index in
        var span = output.mutableSpan
        denoiser.process(
          Self.signal.span.extracting(index * hop..<(index + 1) * hop), into: &span)
        return output
      }
    }
    _ = run(&first, 0..<20)
    let bytes = first.state.encode()
    let count = first.stateByteCount
    #expect(bytes.count == count)
    var other = try Denoiser(Plan(network, instructionSet: set))
    other.state = try SignalState(decoding: bytes, for: other)
    #expect(run(&other, 20..<40) == run(&first, 20..<40))

    let stranger = try Denoiser(Plan(Self.network()))
    #expect(throws: StreamStateError.otherNetwork) {
      try SignalState(decoding: bytes, for: stranger)
    }
    #expect(throws: StreamStateError.truncated) {
      try SignalState(decoding: bytes.dropLast(), for: first)
    }
    #expect(throws: StreamStateError.notAState) {
      try SignalState(decoding: [1] + bytes.dropFirst(), for: first)
    }
  }

  @Test func networksOfOtherTasksAreRefused() {
    #expect(throws: FrontEndError(expected: .spectral, found: .keywords)) {
      _ = try Denoiser(EmbeddedModel.keywords.network)
    }
    #expect(throws: FrontEndError(expected: .keywords, found: .spectral)) {
      _ = try Spotter(EmbeddedModel.denoiser.network)
    }
    #expect(throws: FrontEndError(expected: .spectral, found: .language)) {
      _ = try Denoiser(EmbeddedModel.shakespeare.network)
    }
    #expect(throws: (any Error).self) { _ = try Denoiser(modelFile: [1, 2, 3]) }
  }

  @Test func latencyIsTheWindow() throws {
    let denoiser = try Denoiser(Plan(Self.network()))
    let (latency, lag, hop) = (denoiser.latency, denoiser.lag, denoiser.hop)
    let sampleRate = denoiser.sampleRate
    #expect(latency == 256 && lag == 128 && hop == 128)
    #expect(sampleRate == 16_000)
  }

  @Test(
    .enabled(if: allocation_counter_works(), "allocations can be counted on Linux only"),
    arguments: InstructionSet.supported)
  func hopsAllocateNothing(_ set: InstructionSet) throws {
    var denoiser = try Denoiser(
      Plan(Self.network(), instructionSet: set))
    let hop = Array(Self.signal.prefix(128))
    var output = hop
    var result = output.mutableSpan
    denoiser.process(hop.span, into: &result)
    let before = allocation_count()
    for _ in 0..<1000 { denoiser.process(hop.span, into: &result) }
    #expect(allocation_count() == before)
  }
}
