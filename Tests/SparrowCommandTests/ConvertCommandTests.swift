import Foundation
import Sparrow
import TestSupport
import Testing

@Suite struct ConvertCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model() throws -> (path: String, network: Network) {
    let network = try Network(
      inputWidth: 3, layers: [.dense(DenseLayer(outputs: 2))],
      parameters: [
        "layers.0.weight": Tensor(shape: [2, 3], values: [0.1, 0, -0.3, 0.7, 0, 5]),
        "layers.0.bias": Tensor(shape: [2], values: [1, -1.5]),
      ], information: ["title": "a small one"])
    return (try folder.write(Data(network.modelFile()), to: "model.safetensors"), network)
  }

  private func read(_ path: String) throws -> Network {
    try Network(modelFile: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
  }

  @Test func keepsTheNetwork() throws {
    let (path, network) = try model()
    let output = folder["again.safetensors"]
    let result = try Command.run(["convert", path, "-o", output, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try read(output) == network)
    #expect(try result.json()["non_zero_weights"] as? Int == 4)
    #expect(
      try result.json()["bytes"] as? Int == Data(contentsOf: URL(fileURLWithPath: output)).count)
  }

  @Test func setsWhenAWordCountsAsHeard() throws {
    let words = KeywordFrontEnd(bands: 3, words: ["a"])
    var (path, network) = try model()
    network.frontEnd = .keywords(words)
    let spotter = try folder.write(Data(network.modelFile()), to: "spotter.safetensors")
    let output = folder["again.safetensors"]
    let options = ["--smoothing", "0.5", "--threshold", "0.6", "--refractory-time", "0.25"]
    let result = try Command.run(["convert", spotter, "-o", output] + options)
    #expect(result.status == 0, "\(result.errors)")
    let front = try #require(try read(output).keywordFrontEnd)
    #expect(front.smoothing == 0.5 && front.threshold == 0.6 && front.refractoryTime == 0.25)
    #expect(try Command.run(["convert", spotter, "-o", output, "--threshold", "2"]).status != 0)
    #expect(try Command.run(["convert", path, "-o", output, "--threshold", "0.5"]).status != 0)
    #expect(
      try Command.run(["convert", path, "-o", output, "--scale-thresholds", "0.5"]).status != 0)
  }

  @Test func narrowerNumbers() throws {
    let (path, network) = try model()
    let output = folder["half.safetensors"]
    #expect(try Command.run(["convert", path, "-o", output, "--type", "f16"]).status == 0)
    let half = try read(output)
    #expect(half["layers.0.bias"] == network["layers.0.bias"])
    #expect(half["layers.0.weight"] != network["layers.0.weight"])
    #expect(half.information == network.information)
  }

  /// The shipped file is what this version writes of it.
  @Test func theEmbeddedNetworkIsWrittenTheSame() throws {
    let output = folder["denoiser.safetensors"]
    let result = try Command.run(["convert", "-o", output, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let (before, after) = (
      try result.json()["bytes_before"] as? Int, try result.json()["bytes"] as? Int
    )
    #expect(before == after && after != nil)
    let again = try Command.run(["convert", output, "-o", folder["again.safetensors"]])
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      FileManager.default.contentsEqual(atPath: output, andPath: folder["again.safetensors"]))
  }

  /// The embedded network in floats: what `sparrow train --from` takes.
  @Test func theEmbeddedNetworkBecomesTrainable() throws {
    let output = folder["trainable.safetensors"]
    let options = ["--trainable", "--maximum-time-constant", "125"]
    let result = try Command.run(["convert", "-o", output] + options)
    #expect(result.status == 0, "\(result.errors)")
    let again = try Command.run(["convert", output, "-o", folder["x"], "--trainable"])
    #expect(again.onlyErrorLine?.contains("is in floats") == true, "\(again.errors)")
    let alone = try Command.run(["convert", "-o", folder["x"]] + options.suffix(2))
    #expect(alone.status != 0 && alone.errors.contains("is for --trainable"))
  }

  @Test func refusals() throws {
    let (path, _) = try model()
    let type = try Command.run(["convert", path, "-o", folder["x"], "--type", "int4"])
    #expect(type.status != 0)
    #expect(type.errors.contains("expected f64, f32, f16, bf16 or i8"))
    let integers = try Command.run(["convert", "-o", folder["x"], "--type", "f16"])
    #expect(integers.status != 0)
    #expect(integers.onlyErrorLine?.contains("in fixed point") == true, "\(integers.errors)")
    let folderMissing = try Command.run(["convert", path, "-o", folder["no/such/x"]])
    #expect(folderMissing.status != 0)
    #expect(folderMissing.onlyErrorLine?.contains("no/such") == true)
    #expect(folder.files == ["model.safetensors"])
  }
}
