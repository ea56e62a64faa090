import Foundation
import Sparrow
import TestSupport
import Testing

/// A state dict of PyTorch, with inputs and the outputs that PyTorch computed of them.
@Suite struct ImportCommandTests {
  let folder: TemporaryFolder
  private static let layers = "norm,ln:layer,lstm,gru,relu,rnn:tanh,head,sigmoid"

  init() throws { folder = try TemporaryFolder() }

  private func fixture(_ name: String) throws -> String {
    try #require(Bundle.module.path(forResource: "Fixtures/\(name)", ofType: nil))
  }

  private func run(_ layers: String?, _ options: [String] = []) throws -> Command.Result {
    try Command.run(
      ["import", fixture("state-dict.safetensors"), "-o", folder["model.safetensors"]]
        + (layers.map { ["--layers", $0] } ?? []) + options)
  }

  @Test func computesWhatPyTorchDoes() throws {
    let check = try ["--check", fixture("inputs.npy"), fixture("outputs.npy"), "--json"]
    let result = try run(Self.layers, check + ["--tolerance", "1e-5"])
    #expect(result.status == 0, "\(result.errors)")
    let error = try #require(try result.json()["largest_error"] as? Double)
    #expect(error > 0 && error < 1e-6)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder["model.safetensors"])))
    let network = try Network(modelFile: bytes)
    #expect(network.inputWidth == 7 && network.outputWidth == 3 && network.layers.count == 9)
  }

  /// A missing function or another order is another network; the check finds it, and nothing is
  /// written.
  @Test func checksFindMistakes() throws {
    let check = try ["--check", fixture("inputs.npy"), fixture("outputs.npy")]
    let layers = Self.layers.replacingOccurrences(of: "relu,", with: "")
    let result = try run(layers, check)
    #expect(result.status != 0 && result.onlyErrorLine?.contains("differ by up to") == true)
    #expect(!FileManager.default.fileExists(atPath: folder["model.safetensors"]))
  }

  @Test(
    arguments: [
      (nil, "--layers gru,head,ln,lstm,norm,rnn"),
      ("norm,ln:layer,lstm", "the tensor gru.bias_hh of shape [27] belongs to no layer"),
      ("norm,ln,lstm,gru,rnn:tanh,head", "say ln:layer or ln:rms"),
      ("norm,ln:layer,lstm,gru,rnn,head", "say rnn:tanh or rnn:relu"),
      ("norm,ln:layer,lstm:tanh,gru,rnn:tanh,head", "\":tanh\" has no meaning"),
      ("norm,ln:layer,gru,lstm,rnn:tanh,head", "do not fit each other"),
      ("norm,swish", "\"swish\" is neither a function nor one of"),
      ("relu", "belongs to no layer"),
    ] as [(String?, String)])
  func refusals(layers: String?, words: String) throws {
    let result = try run(layers)
    #expect(result.status != 0)
    #expect(result.onlyErrorLine?.contains(words) == true, "\(result.errors)")
  }
}
