import Foundation
import Sparrow
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct EvaluateCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["clean", "noisy"] {
      try FileManager.default.createDirectory(
        atPath: folder[name], withIntermediateDirectories: true)
    }
    for (name, seconds) in [("a.wav", 0.7), ("b.wav", 0.31)] {
      let noisy = sound(seconds: seconds, sampleRate: 16_000)
      var clean = noisy
      for i in clean.channels[0].indices where i % 2 == 0 { clean.channels[0][i] *= 0.9 }
      _ = try noisy.write(to: folder["noisy/\(name)"])
      _ = try clean.write(to: folder["clean/\(name)"])
    }
  }

  /// A denoiser of which three weights out of four are zero.
  private func sparseModel() throws -> String {
    let layers = Layer.s5(width: 12, states: 8, blocks: 2, outputs: 129, relufied: true)
    var parameters: [String: Tensor] = [:]
    var state: UInt32 = 7
    let inputWidth = 129
    for (layer, path, width) in layers.placed(inputWidth: inputWidth, path: "") {
      for description in layer.parameters(inputWidth: width, path: path) {
        let isMatrix = description.shape.count == 2
        parameters[description.name] = Tensor(
          shape: description.shape,
          values: (0..<description.count).map { index in
            state = state &* 1_664_525 &+ 1_013_904_223
            let value = Float(state >> 8) / Float(1 << 24)
            if description.name.hasSuffix("variance") { return 1 }
            if description.name.hasSuffix("eigenvalues.real") { return -value }
            return isMatrix && index % 4 != 0 ? 0 : value - 0.5
          })
      }
    }
    let network = try Network(
      inputWidth: inputWidth, layers: layers, parameters: parameters,
      frontEnd: .spectral(
        SpectralFrontEnd(
          sampleRate: 16_000, window: 256, hop: 64, exponent: 0.5, floor: 1e-8,
          features: [.magnitude], maskGain: 1)), information: ["title": "Sparse"])
    return try folder.write(Data(network.modelFile()), to: "sparse.safetensors")
  }

  @Test func countsAreThoseOfTheNetworkAndOfDenoising() throws {
    let model = try sparseModel()
    let result = try Command.run(["evaluate", model, "--data", folder.path, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let json = try result.json()
    #expect(json["title"] as? String == "Sparse")
    #expect(json["model"] as? String == model)
    #expect(json["family"] as? String == "sparse")
    #expect(json["files"] as? Int == 2)

    // What depends on the weights alone is what `inspect` says.
    let inspection = try Command.run(["inspect", model, "--json"]).json()
    for key in [
      "dense_macs_per_frame", "non_zero_weight_macs_per_frame", "parameters",
      "non_zero_parameters", "model_bytes", "plan_bytes",
    ] {
      #expect(json[key] as? Int == inspection[key] as? Int, "\(key)")
      #expect(json[key] as? Int ?? 0 > 0, "\(key)")
    }
    let matrices = try #require(json["matrices"] as? [[String: Any]])
    let inspected = try #require(inspection["matrices"] as? [[String: Any]])
    #expect(matrices.map { $0["name"] as? String } == inspected.map { $0["name"] as? String })
    for (matrix, description) in zip(matrices, inspected) {
      for key in ["dense_macs_per_frame", "non_zero_weight_macs_per_frame"] {
        #expect(matrix[key] as? Int == description[key] as? Int)
      }
      // What is left by both kinds of zeros is not more than what either leaves.
      let effective = try #require(matrix["effective_macs_per_frame"] as? Double)
      let weights = try #require(matrix["non_zero_weight_macs_per_frame"] as? Double)
      let activations = try #require(matrix["non_zero_activation_macs_per_frame"] as? Double)
      #expect(effective <= min(weights, activations))
    }

    // What depends on the signal is what `denoise` counts, over all frames.
    var frames = 0.0
    var effective = 0.0
    for name in ["a.wav", "b.wav"] {
      let report = try Command.run([
        "denoise", folder["noisy/\(name)"], folder["out.wav"], "--model", model, "--json",
      ]).json()
      let count = try #require(report["frames"] as? Double)
      frames += count
      effective += count * (try #require(report["effective_macs_per_frame"] as? Double))
    }
    #expect(json["frames"] as? Double == frames)
    let mean = try #require(json["effective_macs_per_frame"] as? Double)
    #expect(abs(mean - effective / frames) < 1e-6 * mean)
    #expect(mean < json["non_zero_weight_macs_per_frame"] as? Double ?? 0)
  }

  /// A mean with a pair in it that has no ratio would say something else.
  @Test func pairsWithoutARatioAreRefused() throws {
    for (name, count) in [("c.wav", 4000), ("d.wav", 0)] {
      let silence = Sound(sampleRate: 16_000, channels: [[Float](repeating: 0, count: count)])
      for part in ["noisy", "clean"] { _ = try silence.write(to: folder["\(part)/\(name)"]) }
      let result = try Command.run(["evaluate", "--data", folder[""], "--json"])
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors.contains("clean/\(name)") && result.errors.contains("silent"))
      for part in ["noisy", "clean"] {
        try FileManager.default.removeItem(atPath: folder["\(part)/\(name)"])
      }
    }
    _ = try folder.write(Data("id\tsnr_db\na\tloud\n".utf8), to: "mixtures.tsv")
    let result = try Command.run(["evaluate", "--data", folder[""]])
    #expect(result.status == 1 && result.errors.contains("\"loud\""))
  }

  @Test func namesAreTakenFromTheCaller() throws {
    let json = try Command.run([
      "evaluate", "--data", folder.path, "--json", "--family", "shipped", "--label", "the first",
    ]).json()
    #expect(json["family"] as? String == "shipped")
    #expect(json["label"] as? String == "the first")
    #expect(json["si_snr_improvement_db"] is Double)
  }

  @Test func textHasARowAMatrix() throws {
    let result = try Command.run(["evaluate", "--data", folder.path])
    #expect(result.status == 0, "\(result.errors)")
    for part in ["improvement", "layers.2.layers.0.B", "effective", "total", "clipped"] {
      #expect(result.text.contains(part))
    }
  }

  /// A stream begins like its first recording, and what came before changes the second one.
  @Test func streamsAreScoredPieceByPiece() throws {
    let model = try sparseModel()
    func score(_ more: [String]) throws -> (improvement: Double, frames: Int) {
      let result = try Command.run(["evaluate", model, "--data", folder.path, "--json"] + more)
      #expect(result.status == 0, "\(result.errors)")
      let json = try result.json()
      return (
        try #require(json["si_snr_improvement_db"] as? Double), try #require(json["frames"] as? Int)
      )
    }
    let clips = try score([])
    let stream = try score(["--stream"])
    let gaps = try score(["--stream", "--gap", "0.4"])
    #expect(stream.improvement != clips.improvement && gaps.improvement != stream.improvement)
    #expect(abs(stream.improvement - clips.improvement) < 3)
    // Two gaps of 0.4 s are 200 hops of 64 samples.
    #expect(gaps.frames == stream.frames + 200)
  }

  /// Clips and streams are not two seeds of one network.
  @Test func clipsAndStreamsAreNotCompared() throws {
    let model = try sparseModel()
    for (name, more) in [("clips", []), ("stream", ["--stream"])] {
      let result = try Command.run(["evaluate", model, "--data", folder.path, "--json"] + more)
      _ = try folder.write(Data(result.text.utf8), to: "\(name).json")
      #expect(try result.json()["gap_s"] as? Double == (name == "stream" ? 0 : nil))
    }
    let result = try Command.run([
      "report", folder["clips.json"], folder["stream.json"], "--output", folder["report"],
    ])
    #expect(result.onlyErrorLine?.contains("gap_s is 0.0; expected missing") == true)
  }

  @Test(arguments: ["page.json", "page", "noisy"]) func pagesAreHTML(name: String) throws {
    let result = try Command.run(["evaluate", "--data", folder.path, "--html", folder[name]])
    #expect(result.status != 0 && result.errors.contains("new .html file"), "\(result.errors)")
  }

  @Test(arguments: [["--gap", "1"], ["--stream", "--gap", "-1"], ["--stream", "--gap", "nan"]])
  func gapsThatMakeNoSense(_ arguments: [String]) throws {
    let result = try Command.run(["evaluate", "--data", folder.path] + arguments)
    #expect(result.status != 0 && result.errors.contains("--gap"))
  }
}
