import Foundation
import TestSupport
import Testing

@testable import Sparrow

/// Against the NumPy implementation in `Fixtures/make_s5_reference.py`: its model files, written by
/// Python's `safetensors`, and what it makes of frames.
struct InteroperationTests {
  static let cases = ["s5", "s5_relufied", "s5_bilinear"]

  private func fixture(_ name: String) throws -> [UInt8] {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "safetensors"))
    return [UInt8](try Data(contentsOf: url))
  }

  @Test(arguments: cases, InstructionSet.supported)
  func streamsAgree(_ name: String, _ set: InstructionSet) throws {
    let network = try Network(modelFile: try fixture(name))
    let reference = try SafeTensors(bytes: try fixture("\(name)_frames"))
    let frames = try #require(reference.tensors["frames"])
    let expected = try #require(reference.tensors["output"])
    #expect(frames.shape == [40, 9] && expected.shape == [40, 10])
    let output = run(Plan(network, instructionSet: set), frames.values, chunk: 1)
    #expect(relativeError(output, expected.values.map(Double.init)) < 2e-6)
  }

  /// What is written again holds the same.
  @Test(arguments: cases) func writingAgainKeepsEverything(_ name: String) throws {
    let network = try Network(modelFile: try fixture(name))
    let again = try Network(modelFile: network.modelFile())
    #expect(again == network)
    #expect(again.fingerprint == network.fingerprint)
  }
}
