import Foundation
import Sparrow
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct QuantizeCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder["sounds"], withIntermediateDirectories: true)
    _ = try sound(seconds: 0.5, sampleRate: 16_000).write(to: folder["sounds/a.wav"])
  }

  /// A small denoiser with weights of no particular sense.
  private func model() throws -> String {
    let layers = Layer.s5(width: 16, states: 8, blocks: 1, outputs: 129, relufied: true)
    var parameters: [String: Tensor] = [:]
    for (layer, path, width) in layers.placed(inputWidth: 129, path: "") {
      for description in layer.parameters(inputWidth: width, path: path) {
        let isVariance = description.name.hasSuffix("variance")
        parameters[description.name] = Tensor(
          shape: description.shape,
          values: (0..<description.count).map {
            isVariance ? 1 : Float(($0 * 7919) % 101 - 50) / 250
          })
      }
    }
    let network = try Network(
      inputWidth: 129, layers: layers, parameters: parameters,
      frontEnd: .spectral(
        SpectralFrontEnd(
          sampleRate: 16_000, window: 256, hop: 64, exponent: 0.5, floor: 1e-8,
          features: [.magnitude], maskGain: 1)), information: ["title": "Small"])
    return try folder.write(Data(network.modelFile()), to: "model.safetensors")
  }

  @Test func writesANetworkThatTheOtherCommandsTake() throws {
    let output = folder["small.safetensors"]
    let result = try Command.run([
      "quantize", try model(), "--data", folder["sounds"], "-o", output, "--json",
      "--information", "licence=of=my own",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let json = try result.json()
    #expect(json["scheme"] as? String == "w8a16")
    #expect(
      json["file_bytes"] as? Int == (try Data(contentsOf: URL(fileURLWithPath: output))).count)
    let places = try #require(json["places"] as? [[String: Any]])
    #expect(places.first?["name"] as? String == "input")
    #expect(places.allSatisfy { $0["saturations"] as? Int == 0 })

    let bytes = try Data(contentsOf: URL(fileURLWithPath: output))
    let network = try Network(modelFile: [UInt8](bytes))
    #expect(network.quantization?.scheme == .w8a16)
    #expect(
      network.information == [
        "title": "Small", "licence": "of=my own", "sparrowVersion": sparrowVersion,
      ])
    for arguments in [
      ["inspect", output], ["plan", output],
      ["denoise", "--model", output, folder["sounds/a.wav"], folder["clean.wav"]],
    ] {
      #expect(try Command.run(arguments).status == 0, "\(arguments)")
    }

    let again = try Command.run([
      "quantize", output, "--data", folder["sounds"], "-o", folder["again.safetensors"],
    ])
    #expect(again.status != 0)
    #expect(again.errors.contains("in fixed point already"))
  }

  @Test(arguments: [
    (["--scheme", "w9a16"], "w2…w8"), (["--scheme", "8"], "w2…w8"),
    (["--seconds", "0"], "--seconds"),
    (["--information", "title"], "KEY=TEXT"),
  ])
  func badOptions(_ options: [String], _ reason: String) throws {
    let result = try Command.run(
      ["quantize", try model(), "--data", folder["sounds"], "-o", folder["out"]] + options)
    #expect(result.status != 0)
    #expect(result.errors.contains(reason))
    #expect(!FileManager.default.fileExists(atPath: folder["out"]))
  }

  @Test func foldersWithoutSounds() throws {
    for data in [folder["nowhere"], folder.path + "/empty"] {
      try? FileManager.default.createDirectory(
        atPath: folder.path + "/empty", withIntermediateDirectories: true)
      let result = try Command.run(["quantize", try model(), "--data", data, "-o", folder["out"]])
      #expect(result.status != 0)
      #expect(result.errors.contains(data))
    }
  }
}
