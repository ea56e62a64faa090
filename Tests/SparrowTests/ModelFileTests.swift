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
    network.frontEnd = SpectralFrontEnd(
      sampleRate: 48_000, window: 128, hop: 32, exponent: 0.7, floor: 1e-7,
      features: [.init(.relativeToBin, rise: 0.1, fall: 1e-3, offset: 0.25)], maskGain: 1.5)
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

  static func denoiser() throws -> Network {
    let layers: [Layer] = [.dense(DenseLayer(outputs: 65))]
    var numbers = TestNumbers(seed: 1)
    return try Network(
      inputWidth: 65, layers: layers,
      parameters: randomParameters(layers, inputWidth: 65, 1, &numbers),
      frontEnd: SpectralFrontEnd(window: 128, hop: 64))
  }
}
