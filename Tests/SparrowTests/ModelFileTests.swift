import TestSupport
import Testing

@testable import Sparrow

struct ModelFileTests {
  @Test(arguments: SmallNetwork.all)
  func roundTrip(_ small: SmallNetwork) throws {
    var network = try small.network
    network.information = ["title": "A \"small\" one", "licence": "none/any"]
    let bytes = network.modelFile()
    let again = try Network(modelFile: bytes)
    #expect(again == network)
    #expect(again.modelFile() == bytes)
  }

  @Test func frontEndIsKept() throws {
    var network = try Self.denoiser()
    network.frontEnd = .spectral(
      SpectralFrontEnd(
        sampleRate: 48_000, window: 128, hop: 32, exponent: 0.7, floor: 1e-7,
        features: [.init(.relativeToBin, rise: 0.1, fall: 1e-3, offset: 0.25)], maskGain: 1.5))
    #expect(try Network(modelFile: network.modelFile()).frontEnd == network.frontEnd)
  }

  @Test(arguments: [SafeTensors.ElementType.float16, .bfloat16])
  func narrowFilesHoldRoundedParameters(_ type: SafeTensors.ElementType) throws {
    let network = try SmallNetwork.all[17].network
    let bytes = network.modelFile(as: type)
    let again = try Network(modelFile: bytes)
    #expect(again.layers == network.layers)
    #expect(bytes.count < network.modelFile().count)
    // Eight bits of significand at the least.
    for (name, tensor) in network.parameters {
      #expect(relativeError(again[name].values, tensor.values.map(Double.init)) <= 0x1p-8)
    }
    #expect(again.modelFile(as: type) == bytes)
  }

  /// What a narrow type has no room for is stored in single precision.
  @Test(arguments: [(SafeTensors.ElementType.float16, Float(65_520)), (.bfloat16, 3.4e38)])
  func largeParametersStayFinite(_ type: SafeTensors.ElementType, _ large: Float) throws {
    let small = try Self.denoiser()
    var parameters = small.parameters
    parameters["layers.0.bias"]!.values[3] = -large
    let network = small.replacing(parameters: parameters, quantization: nil)
    let again = try Network(modelFile: network.modelFile(as: type))
    #expect(again["layers.0.bias"] == network["layers.0.bias"])
    #expect(again["layers.0.weight"] != network["layers.0.weight"])
  }

  static func denoiser() throws -> Network {
    let layers: [Layer] = [.dense(DenseLayer(outputs: 65))]
    var numbers = TestNumbers(seed: 1)
    return try Network(
      inputWidth: 65, layers: layers,
      parameters: randomParameters(layers, inputWidth: 65, 1, &numbers),
      frontEnd: .spectral(SpectralFrontEnd(window: 128, hop: 64)))
  }

  /// Zeros cost nothing on disk: some five bits tell where a non-zero is among nine zeros.
  @Test(arguments: [SafeTensors.ElementType.float32, .float16])
  func zerosAreLeftOut(_ type: SafeTensors.ElementType) throws {
    var numbers = TestNumbers(seed: 3)
    let (rows, columns) = (200, 300)
    let layers: [Layer] = [.dense(DenseLayer(outputs: rows))]
    let weights = (0..<rows * columns).map { _ in
      numbers.float(in: 0...1) < 0.1 ? Float(Int(numbers.next() % 64)) + 1 : 0
    }
    let count = weights.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
    let network = try Network(
      inputWidth: columns, layers: layers,
      parameters: [
        "layers.0.weight": Tensor(shape: [rows, columns], values: weights),
        "layers.0.bias": Tensor(shape: [rows], repeating: 0),
      ])
    let bytes = network.modelFile(as: type)
    #expect(try Network(modelFile: bytes) == network)
    #expect(bytes.count < count * (type.byteCount * 8 + 6) / 8 + 1000)
  }

  /// Gaps of every length, at both ends and across a byte's halves.
  @Test func gapsOfEveryLength() throws {
    for count in [0, 1, 14, 15, 16, 29, 30, 31, 44, 45, 46, 100] {
      for places in [[], [0], [count - 1], [0, count - 1], [count / 2, count / 2 + 1]] {
        var tensor = Tensor(shape: [count], repeating: 0)
        for place in places where tensor.values.indices.contains(place) {
          tensor.values[place] = Float(place) + 1
        }
        let sparse = SparseTensor(tensor)
        #expect(sparse.dense(shape: [count]) == tensor)
        guard !sparse.values.isEmpty else { continue }
        // Fewer values than there are gaps, or too little room.
        #expect(
          SparseTensor(values: [], gaps: sparse.gaps).dense(shape: [count]) == nil)
        let last = try #require(tensor.values.lastIndex { $0 != 0 })
        #expect(sparse.dense(shape: [last]) != tensor)
        // As files before version 6 have it.
        let halves = SparseTensor(values: sparse.values, gaps: Self.gapsInHalves(of: tensor))
        #expect(halves.dense(shape: [count], version: 5) == tensor)
        #expect(halves.dense(shape: [last], version: 5) == nil)
      }
    }
  }

  /// Gaps in halves of bytes, the low half first; see ``SparseTensor/place(in:version:_:)``.
  private static func gapsInHalves(of tensor: Tensor) -> [UInt8] {
    var halves: [UInt8] = []
    var gap = 0
    for value in tensor.values {
      guard value != 0 else {
        gap += 1
        continue
      }
      halves += Array(repeating: 15, count: gap / 15) + [UInt8(gap % 15)]
      gap = 0
    }
    if halves.count % 2 == 1 { halves.append(0) }
    return stride(from: 0, to: halves.count, by: 2).map { halves[$0] | halves[$0 + 1] << 4 }
  }

  @Test func gapsThatDontFitAreRefused() throws {
    let layers: [Layer] = [.dense(DenseLayer(outputs: 40))]
    var weights = Tensor(shape: [40, 40], repeating: 0)
    weights.values[100] = 1
    let network = try Network(
      inputWidth: 40, layers: layers,
      parameters: ["layers.0.weight": weights, "layers.0.bias": Tensor(shape: [40], repeating: 1)])
    var file = try SafeTensors(bytes: network.modelFile())
    let gaps = try #require(file.tensors["layers.0.weight.gaps"])
    file.tensors["layers.0.weight.gaps"] = Tensor(
      shape: [gaps.count + 1000],
      values: gaps.values.map { _ in 255 } + Array(repeating: 255, count: 1000))
    #expect {
      _ = try Network(modelFile: file.encode())
    } throws: {
      "\($0)".contains("layers.0.weight: its 1 values and the gaps between them")
    }
  }
}
