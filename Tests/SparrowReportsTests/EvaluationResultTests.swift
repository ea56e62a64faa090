import Foundation
import Sparrow
import SparrowReports
import SparrowTraining
import Testing

struct EvaluationResultTests {
  private func network(
    _ layers: [Layer], title: String? = nil, sparsity: Double = 0
  ) throws -> Network {
    let network = try Network(
      initializing: layers, inputWidth: 257,
      frontEnd: .spectral(
        SpectralFrontEnd(
          sampleRate: 16_000, window: 512, hop: 128, exponent: 0.3, floor: 1e-10,
          features: [.magnitude], maskGain: 1)),
      information: title.map { ["title": $0] } ?? [:], seed: 1)
    let parameters = network.parameters.mapValues { tensor in
      guard tensor.shape.count == 2 else { return tensor }
      var tensor = tensor
      for i in 0..<Int(sparsity * Double(tensor.count)) { tensor.values[i] = 0 }
      return tensor
    }
    return try Network(
      inputWidth: 257, layers: layers, parameters: parameters, frontEnd: network.frontEnd,
      information: network.information)
  }

  private func describe(
    _ network: Network, family: String? = nil, label: String? = nil
  ) -> EvaluatedNetwork {
    EvaluatedNetwork(
      network, model: "a.safetensors", size: NetworkSize(network, plan: Plan(network)),
      family: family, label: label)
  }

  @Test(arguments: [(48, 32, "k = 0.25"), (192, 128, "k = 1"), (288, 192, "k = 1.5")])
  func denoisersAreLabelledByTheirWidth(width: Int, states: Int, label: String) throws {
    let network = try network(Layer.s5(width: width, states: states, blocks: 1, outputs: 257))
    #expect(describe(network).label == label)
  }

  @Test func otherProportionsAreLabelledByTheirWidthInValues() throws {
    let network = try network(Layer.s5(width: 48, states: 16, blocks: 1, outputs: 257))
    #expect(describe(network).label == "H = 48")
    let none = try self.network([.dense(DenseLayer(outputs: 257))])
    #expect(describe(none).label == "66306 parameters")
  }

  @Test func familiesAreToldByTheirZeros() throws {
    let layers = Layer.s5(width: 12, states: 8, blocks: 1, outputs: 257)
    #expect(describe(try network(layers)).family == "dense")
    #expect(describe(try network(layers, sparsity: 0.002)).family == "dense")
    #expect(describe(try network(layers, sparsity: 0.05)).family == "sparse")
    let named = describe(try network(layers), family: "ReLU", label: "narrow")
    #expect(named.family == "ReLU")
    #expect(named.label == "narrow")
  }

  private struct Scores: Codable {
    var accuracy: Double
  }

  @Test func jsonIsOneObject() throws {
    let network = try network(
      Layer.s5(width: 12, states: 8, blocks: 1, outputs: 257), title: "Small", sparsity: 0.5)
    let plan = Plan(network)
    var stream = NetworkStream(plan)
    var count = OperationCount(plan)
    // A third of what comes in is zero.
    let frame = (0..<257).map { $0 % 3 == 0 ? 0 : Float($0) / 100 }
    var output = [Float](repeating: 0, count: plan.outputWidth)
    for _ in 0..<4 {
      var result = output.mutableSpan
      stream.step(frame.span, into: &result, counting: &count)
    }
    let size = NetworkSize(network, plan: plan)
    let result = EvaluationResult(
      network: EvaluatedNetwork(network, model: "a.safetensors", size: size), size: size,
      cost: FrameCost(count, of: network), scores: Scores(accuracy: 0.5))
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let data = try encoder.encode(result)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(json["title"] as? String == "Small")
    #expect(json["model"] as? String == "a.safetensors")
    #expect(json["accuracy"] as? Double == 0.5)
    #expect(json["frames"] as? Int == 4)
    #expect(json["parameters"] as? Int == size.parameters)
    #expect(json["model_bytes"] as? Int == size.modelBytes)
    // Matrices: 257·12, 2·8·12 twice, 12·12, 12·257; half of each part's weights are left.
    #expect(json["dense_macs_per_frame"] as? Int == 2 * 3084 + 2 * 192 + 144)
    #expect(json["non_zero_weight_macs_per_frame"] as? Int == 3084 + 192 + 72)
    let matrices = try #require(json["matrices"] as? [[String: Any]])
    #expect(matrices.map { $0["name"] as? String }[1] == "layers.1.layers.1.B")
    // 171 of 257 values that come in are not zero. The first half of the encoder's weights is: six
    // whole rows, so that each column has the other six. B has half of its rows, so half of the
    // states stay zero.
    #expect(abs((matrices[0]["activation_density"] as? Double ?? 0) - 171 / 257) < 1e-12)
    #expect(matrices[0]["non_zero_activation_macs_per_frame"] as? Int == 12 * 171)
    #expect(matrices[0]["effective_macs_per_frame"] as? Int == 6 * 171)
    #expect(matrices[2]["activation_density"] as? Double == 0.5)
    let effective = matrices.compactMap { $0["effective_macs_per_frame"] as? Double }
    #expect(json["effective_macs_per_frame"] as? Double == effective.reduce(0, +))

    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let again = try decoder.decode(EvaluationResult<Scores>.self, from: data)
    #expect(again.network == result.network)
    #expect(again.size == result.size)
    #expect(again.cost == result.cost)
    #expect(again.scores.accuracy == 0.5)
  }
}
