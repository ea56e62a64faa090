import Foundation
import Sparrow
import TestSupport
import Testing

/// Means of networks: parameter by parameter, and refusals of what has none.
struct AverageCommandTests {
  private let folder: TemporaryFolder
  private let networks: [Network]

  init() throws {
    folder = try TemporaryFolder()
    let layers: [Layer] = [
      .dense(DenseLayer(outputs: 5)), .recurrent(RecurrentLayer(.gru(), units: 4)),
    ]
    networks = try (0..<2).map { index in
      var numbers = TestNumbers(seed: UInt64(7 + index))
      var parameters: [String: Tensor] = [:]
      for (layer, path, width) in layers.placed(inputWidth: 3, path: "") {
        for description in layer.parameters(inputWidth: width, path: path) {
          parameters[description.name] = Tensor(
            shape: description.shape,
            // Every third one is zero in both.
            values: (0..<description.count).map { $0 % 3 == 0 ? 0 : numbers.float() })
        }
      }
      var network = try Network(inputWidth: 3, layers: layers, parameters: parameters)
      network.information["title"] = "number \(index)"
      return network
    }
    for (index, network) in networks.enumerated() {
      try Data(network.modelFile()).write(to: URL(fileURLWithPath: folder["\(index)"]))
    }
  }

  @Test func parametersAreMeans() throws {
    for (options, share) in [([], 0.5), (["--weights", "1", "3"], 0.75)] as [([String], Double)] {
      let result = try Command.run(
        ["average", folder["0"], folder["1"], "-o", folder["mean"], "--json"] + options)
      #expect(result.status == 0, "\(result.errors)")
      let mean = try Network(
        modelFile: [UInt8](Data(contentsOf: URL(fileURLWithPath: folder["mean"]))))
      #expect(mean.information["title"] == "number 0")
      for name in networks[0].parameterDescriptions.map(\.name) {
        let (a, b) = (networks[0][name].values, networks[1][name].values)
        for (index, value) in mean[name].values.enumerated() {
          let expected = (1 - share) * Double(a[index]) + share * Double(b[index])
          #expect(abs(Double(value) - expected) <= 1e-7)
          if index % 3 == 0 { #expect(value == 0) }
        }
      }
      #expect(try result.json()["weights"] as? [Double] == [1 - share, share])
    }
  }

  @Test func refusals() throws {
    func errors(_ arguments: [String]) throws -> String {
      let result = try Command.run(["average"] + arguments + ["-o", folder["none"]])
      #expect(result.status != 0)
      return result.errors
    }
    let (a, b) = (folder["0"], folder["1"])
    #expect(try errors([a]).contains("two models or more"))
    #expect(try errors([a, b, "--weights", "1"]).contains("1 numbers for 2 models"))
    #expect(try errors([a, b, "--weights", "0", "0"]).contains("not all of them 0"))
    #expect(try errors([a, b, "--weights=-1", "2"]).contains("from 0 on"))
    #expect(try errors([a, "shakespeare"]).contains("different layers"))
    #expect(try errors(["denoiser", "denoiser"]).contains("in fixed point"))
    #expect(!folder.files.contains("none"))
  }
}
