import Foundation
import SparrowCore
import TestSupport
import Testing

@testable import Sparrow

/// Networks in fixed point give the bits that Documentation/FixedPoint.md says, on every
/// instruction set.
struct FixedPointTests {
  static let schemes = [
    QuantizationScheme.w8a16, .w8a8, .w4a16,
    QuantizationScheme(weightBits: 8, activationBits: 16, byRow: false),
  ]

  /// Those that fixed point has a form for.
  static let networks = SmallNetwork.all.filter { small in
    (try? small.network.fixedPointForm()) != nil
  }

  static func quantized(_ small: SmallNetwork, _ scheme: QuantizationScheme) throws -> Network {
    var calibration = try Calibration(try small.network)
    calibration.add(small.frames(20))
    return try calibration.quantized(scheme)
  }

  /// Ordinary frames, and then some that no calibration has seen.
  static func frames(_ small: SmallNetwork) -> [[Float]] {
    let width = small.inputWidth
    let ordinary = small.frames(20)
    var frames = (0..<20).map { Array(ordinary[$0 * width..<($0 + 1) * width]) }
    for value: Float in [1e9, -1e9, .infinity, -.infinity, .nan, 0, 1e-30] {
      frames += Array(repeating: Array(repeating: value, count: width), count: 3)
    }
    frames += (0..<20).map { step in
      (0..<width).map { ($0 + step) % 2 == 0 ? 100 : -100 }
    }
    return frames + frames.prefix(20)
  }

  @Test(arguments: networks, schemes)
  func equalsTheGoldenModel(_ small: SmallNetwork, _ scheme: QuantizationScheme) throws {
    let network = try Self.quantized(small, scheme)
    var golden = GoldenNetwork(network)
    let frames = Self.frames(small)
    let expected = frames.map { frame in
      let input = golden.quantize(frame)
      return (input: input, output: golden.step(input))
    }
    for set in InstructionSet.supported {
      let plan = Plan(network, format: nil, ordersUnits: false, instructionSet: set)
      let numbers = Self.run(plan, frames)
      let integers = Self.run(plan, expected.map { $0.input.map(Int16.init) })
      #expect(numbers.outputs == expected.map(\.output), "\(set)")
      #expect(integers.outputs == expected.map(\.output), "\(set)")
      #expect(numbers.state == integers.state, "\(set)")
      #expect(numbers.saturations == golden.saturations, "\(set)")
    }
  }

  /// The integers that the plan's numbers stand for.
  private static func run(
    _ plan: Plan, _ frames: [[Float]]
  ) -> (outputs: [[Int]], state: StreamState, saturations: Int) {
    let scale = Float(exp2(Double(plan.fixedPoint!.outputExponent)))
    var stream = NetworkStream(plan)
    var count = OperationCount(plan)
    var outputs: [[Int]] = []
    for frame in frames {
      var output = [Float](repeating: 0, count: plan.outputWidth)
      var span = output.mutableSpan
      stream.step(frame.span, into: &span, counting: &count)
      outputs.append(output.map { Int($0 * scale) })
    }
    return (outputs, stream.state, count.saturations)
  }

  private static func run(
    _ plan: Plan, _ frames: [[Int16]]
  ) -> (outputs: [[Int]], state: StreamState) {
    var stream = NetworkStream(plan)
    var outputs: [[Int]] = []
    for frame in frames {
      var output = [Int16](repeating: 0, count: plan.outputWidth)
      var span = output.mutableSpan
      stream.step(frame.span, into: &span)
      outputs.append(output.map(Int.init))
    }
    return (outputs, stream.state)
  }

  /// Which networks there are to compare: those with a normalisation that nothing follows have no
  /// form.
  @Test func mostNetworksHaveAForm() {
    #expect(Self.networks.count > SmallNetwork.all.count / 2)
    #expect(Self.networks.contains { $0.testDescription.contains("S5") })
    for cell in SmallNetwork.cells {
      #expect(Self.networks.contains { $0.testDescription == cell.testDescription })
    }
  }

  /// But for one whose random weights make every error grow from step to step.
  @Test(arguments: networks.filter { $0.testDescription != "RNN, rectified, diagonal" })
  func isCloseToItsParent(_ small: SmallNetwork) throws {
    let parent = try small.network
    let network = try Self.quantized(small, .w8a16)
    let report = try QuantizationReport(of: network, parent: parent, on: [small.frames(20)])
    for place in report.places {
      #expect(place.signalToNoise > 15, "\(place.name)")
      #expect(place.saturations == 0, "\(place.name)")
    }
  }

  @Test(arguments: networks, schemes)
  func modelFileKeepsEveryBit(_ small: SmallNetwork, _ scheme: QuantizationScheme) throws {
    let network = try Self.quantized(small, scheme)
    let bytes = network.modelFile()
    let read = try Network(modelFile: bytes)
    #expect(read == network)
    #expect(read.fingerprint == network.fingerprint)
    #expect(read.modelFile() == bytes)
  }

  /// Hidden units may be stored in another order; integers are summed up in any order to the same.
  @Test func orderOfUnitsChangesNothing() throws {
    let small = try #require(Self.networks.last { $0.testDescription.contains("S5") })
    let network = try Self.quantized(small, .w8a16)
    let frames = small.frames(40)
    let rows = stride(from: 0, to: frames.count, by: small.inputWidth).map {
      Array(frames[$0..<$0 + small.inputWidth])
    }
    let ordered = Self.run(Plan(network, format: nil, ordersUnits: true), rows)
    let asTheyCame = Self.run(Plan(network, format: nil, ordersUnits: false), rows)
    #expect(ordered.outputs == asTheyCame.outputs)
    #expect(ordered.state == asTheyCame.state)
  }

  // MARK: What recurrent cells clip, and what they refuse

  private func lstm(_ change: (inout [String: Tensor]) -> Void) throws -> Network {
    let layers: [Layer] = [.recurrent(RecurrentLayer(.lstm, units: 3))]
    let parameters = layers.parameters(inputWidth: 2, path: "").map {
      ($0.name, Tensor(shape: $0.shape, repeating: 0))
    }
    var values = Dictionary(uniqueKeysWithValues: parameters)
    change(&values)
    return try Network(inputWidth: 2, layers: layers, parameters: values)
  }

  /// An LSTM that adds 0.99 to its c in every step goes beyond eight times the c of two steps, and
  /// stays there.
  @Test func saturatedStatesAreCounted() throws {
    let parent = try lstm { parameters in
      // i and f of 1, g of 1.
      for row in 0..<9 { parameters["layers.0.inputBias"]!.values[row] = 7 }
    }
    var calibration = try Calibration(parent)
    calibration.add([0, 0, 0, 0])
    let network = try calibration.quantized(.w8a16)
    var golden = GoldenNetwork(network)
    for _ in 0..<40 { _ = golden.step([0, 0]) }
    #expect(golden.saturations > 0)
    let frames = Array(repeating: [Float(0), 0], count: 40)
    #expect(Self.run(Plan(network), frames).saturations == golden.saturations)
  }

  @Test func sumsOfCellsAreProvenToFit() throws {
    let parent = try lstm { parameters in
      for i in 0..<24 { parameters["layers.0.inputWeight"]!.values[i] = 1e9 }
    }
    var calibration = try Calibration(parent)
    calibration.add([1, 1])
    let error = #expect(throws: NetworkError.self) { try calibration.quantized(.w8a16) }
    #expect(error?.description.contains("layers.0") == true, "\(String(describing: error))")
  }

  // MARK: What is refused

  private func refusal(
    of network: Network, _ change: (inout Quantization, inout [String: Tensor]) -> Void
  ) -> String {
    var quantization = network.quantization!
    var parameters = network.parameters
    change(&quantization, &parameters)
    do throws(NetworkError) {
      _ = try Network(
        inputWidth: network.inputWidth, layers: network.layers, parameters: parameters,
        quantization: quantization)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func refusals() throws {
    let layers: [Layer] = [.dense(DenseLayer(outputs: 4)), .gate]
    let small = SmallNetwork(testDescription: "", inputWidth: 3, layers: layers)
    let network = try Self.quantized(small, .w8a16)
    #expect(refusal(of: network) { _, _ in } == "")
    #expect(
      refusal(of: network) { quantization, _ in quantization.activations["layers.0"] = nil }
        .contains("no exponent"))
    #expect(
      refusal(of: network) { quantization, _ in quantization.activations["input"] = 1000 }
        .contains("-64 to 64"))
    #expect(
      refusal(of: network) { quantization, _ in quantization.activations["layers.0"] = 60 }
        .contains("shift"))
    #expect(
      refusal(of: network) { quantization, _ in quantization.scheme.activationBits = 12 }
        .contains("a8 or a16"))
    #expect(
      refusal(of: network) { quantization, _ in
        quantization.parameters["layers.0.weight"] = [1, 2]
      }.contains("exponents"))
    #expect(
      refusal(of: network) { _, parameters in parameters["layers.0.weight"]!.values[0] += 1e-6 }
        .contains("not an integer"))
    #expect(
      refusal(of: network) { quantization, parameters in
        // 128 of the smallest steps are one more than eight bits hold.
        let exponent = quantization.parameters["layers.0.weight"]![0]
        parameters["layers.0.weight"]!.values[0] = Float(exp2(Double(7 - exponent)))
      }.contains("not an integer of 8 bits"))
  }

  /// A row of the largest weights may overflow a sum of 32 bits: quantising makes it coarser, and a
  /// network that claims otherwise is refused.
  @Test func sumsAreProvenToFit() throws {
    let inputs = 2000
    let layers: [Layer] = [.dense(DenseLayer(outputs: 1))]
    let parameters = [
      "layers.0.weight": Tensor(shape: [1, inputs], repeating: 1),
      "layers.0.bias": Tensor(shape: [1], repeating: 0),
    ]
    let parent = try Network(inputWidth: inputs, layers: layers, parameters: parameters)
    var calibration = try Calibration(parent)
    calibration.add([Float](repeating: 1, count: inputs))
    let network = try calibration.quantized(.w8a16)
    let exponent = try #require(network.quantization?.parameters["layers.0.weight"]?.first)
    // Σ|w| 2^15 < 2^31 where w is 2^exponent.
    #expect(exponent == 5 || exponent == 4)
    #expect(
      refusal(of: network) { quantization, _ in
        quantization.parameters["layers.0.weight"] = [6]
      }.contains("32 bits"))
  }

  // MARK: Tables

  /// No entry is so near to the middle between two integers that another machine's exponential
  /// could round it otherwise.
  @Test(arguments: FunctionTable.allCases)
  func tablesAreSure(_ table: FunctionTable) {
    for index in 0...512 {
      let exact = table.exact(at: index)
      #expect(abs(exact - exact.rounded(.down) - 0.5) > 1e-6)
    }
  }
}
