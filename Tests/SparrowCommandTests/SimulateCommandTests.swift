import Foundation
import Sparrow
import TestSupport
import Testing

@Suite struct SimulateCommandTests {
  let folder: TemporaryFolder
  /// A small denoiser in fixed point, with weights of no particular sense.
  let model: String

  init() throws {
    folder = try TemporaryFolder()
    let layers = Layer.s5(width: 16, states: 8, blocks: 1, outputs: 129, relufied: true)
    var parameters: [String: Tensor] = [:]
    for (layer, path, width) in layers.placed(inputWidth: 129, path: "") {
      for description in layer.parameters(inputWidth: width, path: path) {
        let isVariance = description.name.hasSuffix("variance")
        let values = (0..<description.count).map { index -> Float in
          if isVariance { return 1 }
          return index % 3 == 0 ? 0 : Float((index * 7919) % 101 - 50) / 250
        }
        parameters[description.name] = Tensor(shape: description.shape, values: values)
      }
    }
    let network = try Network(
      inputWidth: 129, layers: layers, parameters: parameters,
      frontEnd: .spectral(
        SpectralFrontEnd(
          sampleRate: 16_000, window: 256, hop: 64, exponent: 0.5, floor: 1e-8,
          features: [.magnitude], maskGain: 1)))
    var calibration = try Calibration(network)
    let frames: [Float] = (0..<10 * 129).map { Float($0 % 11) / 11 }
    calibration.add(frames)
    model = try folder.write(
      Data(calibration.quantized(.w8a16).modelFile()), to: "model.safetensors")
  }

  @Test func theEmbeddedDenoiserOnEveryChip() throws {
    let json = try Command.run(["simulate", "--json"]).json()
    let chips = try #require(json["chips"] as? [[String: Any]])
    #expect(
      chips.map { $0["chip"] as? String }
        == ["sharp", "epur", "brainwave", "titan-v", "jetson-orin-nano", "loihi2"])
    for chip in chips {
      for key in ["cycles_per_step", "latency_s", "energy_j", "effective_macs"] {
        #expect(chip[key] as? Double ?? 0 > 0, "\(chip["chip"]!) \(key)")
      }
      #expect((0...1).contains(chip["utilization"] as? Double ?? -1))
      let parts = try #require(chip["energy_by_part_j"] as? [String: Double])
      let total = try #require(chip["energy_j"] as? Double)
      #expect(abs(parts.values.reduce(0, +) / total - 1) < 1e-9)
    }
    #expect((json["refusals"] as? [Any])?.isEmpty == true)
  }

  @Test func soundDecidesWhichActivationsAreZero() throws {
    try sound(seconds: 0.1, sampleRate: 16_000).write(to: folder["a.wav"])
    func macs(_ arguments: [String]) throws -> Double {
      try #require(
        Command.run(["simulate", model, "--chip", "sharp", "--json"] + arguments)
          .json()["effective_macs"] as? Double)
    }
    let all = try macs([])
    #expect(try macs(["--input", folder["a.wav"]]) < all)
    // Encoder, B, C, gate, decoder.
    let dense = 129 * 16 + 2 * 8 * 16 * 2 + 16 * 16 + 16 * 129
    #expect(try macs(["--dense"]) == Double(dense))
  }

  @Test func schedulesModesAndPictures() throws {
    var cycles: [Double] = []
    for schedule in ["sequential", "batch", "intergate", "unfolded"] {
      let json = try Command.run([
        "simulate", model, "--chip", "sharp", "--schedule", schedule, "--steps", "20", "--json",
        "--timeline", folder["\(schedule).svg"],
      ]).json()
      cycles.append(try #require(json["cycles_per_step"] as? Double))
    }
    #expect(cycles == cycles.sorted(by: >) && cycles[3] < cycles[0])
    #expect(folder.files.count { $0.hasSuffix(".svg") } == 4)
    let pipelined = try Command.run([
      "simulate", model, "--chip", "loihi2", "--mode", "pipelined", "--placement", "fewestCores",
    ])
    #expect(pipelined.text.contains("pipelined: 5 cores"), "\(pipelined.errors)")
  }

  @Test func chipsOfOnesOwn() throws {
    let file = try Command.run(["chips", "sharp", "--json"])
    let path = try folder.write(file.output, to: "mine.json")
    let own = try Command.run(["simulate", model, "--chip", path, "--json"])
    let builtIn = try Command.run(["simulate", model, "--chip", "sharp", "--json"])
    #expect(own.status == 0 && own.text == builtIn.text)
    let half = try Command.run([
      "simulate", model, "--chip", path, "--set", "clock=250000000", "--json",
    ]).json()
    #expect(
      half["latency_s"] as? Double
        == 2 * (try #require(try builtIn.json()["latency_s"] as? Double)))
    #expect(try Command.run(["chips"]).text.contains("published"))
    #expect(try Command.run(["chips", "loihi2"]).text.contains("recalled"))
  }

  @Test func shapesInPlaceOfAModel() throws {
    let json =
      #"{"name": "cell", "inputs": 64, "steps": 9, "layers": [{"kind": "lstm", "units": 64}]}"#
    let path = try folder.write(Data(json.utf8), to: "cell.json")
    let summary = try Command.run(["simulate", "--workload", path, "--json"]).json()
    let chips = try #require(summary["chips"] as? [[String: Any]])
    #expect(chips.count == 5)
    #expect(chips.allSatisfy { $0["effective_macs"] as? Double == 4 * 64 * 128 })
    let refusals = try #require(summary["refusals"] as? [[String: Any]])
    #expect(refusals.map { $0["chip"] as? String } == ["loihi2"])
    let once = try Command.run([
      "simulate", "--workload", path, "--chip", "sharp", "--steps", "1", "--json",
    ]).json()
    #expect(once["steps"] as? Int == 1)
    #expect(try Command.run(["simulate", "--workload", path, model]).status != 0)
  }

  @Test func badInputGetsOneLine() throws {
    let text = try folder.write(Data("no JSON".utf8), to: "text.json")
    for (arguments, part) in [
      (["chips", "abacus"], "abacus"), (["chips", text], "text.json"),
      (["simulate", model, "--chip", "abacus"], "abacus"),
      (["simulate", model, "--chip", folder["none.json"]], "none.json"),
      (["simulate", model, "--chip", "sharp", "--set", "multipliers=1000"], "does not divide"),
      (["simulate", model, "--chip", "sharp", "--set", "wings=2"], "no parameter wings"),
      (
        [
          "simulate", model, "--chip", "sharp", "--set", "weightBuffer=200", "--set",
          "multipliers=64", "--set", "tileHeights=32",
        ],
        "such chips"
      ),
      (
        ["simulate", model, "--chip", "loihi2", "--set", "cores=4", "--set", "meshColumns=4"],
        "2 such"
      ),
      (
        ["simulate", model, "--chip", "loihi2", "--steps", "10"], "--steps has no effect on loihi2"
      ),
      (["simulate", model, "--chip", "loihi2", "--schedule", "batch"], "--schedule has no effect"),
      (
        ["simulate", model, "--chip", "sharp", "--mode", "pipelined"],
        "--mode has no effect on sharp"
      ),
      (["simulate", model, "--input", folder["none.wav"]], "none.wav"),
      (["experiments", model, "--input", folder["none.wav"]], "none.wav"),
      (["experiments", folder["none.safetensors"], "--input", "a.wav"], "none.safetensors"),
    ] {
      let result = try Command.run(arguments)
      #expect(result.status != 0)
      #expect(result.onlyErrorLine?.contains(part) == true, "\(result.errors)")
    }
    for arguments in [
      ["simulate", model, "--set", "clock=1"], ["simulate", model, "--steps", "0"],
      ["simulate", model, "--chip", "sharp", "--set", "clock"],
      ["simulate", model, "--chip", "titan-v", "--timeline", folder["a.svg"]],
    ] {
      #expect(try Command.run(arguments).status != 0)
    }
  }
}
