import TestSupport
import Testing

@testable import Sparrow

/// Model files with matrices in 8 bits.
struct ScaledFileTests {
  @Test(arguments: SmallNetwork.all)
  func matricesAreRoundedByRow(_ small: SmallNetwork) throws {
    let network = try small.network
    let bytes = network.modelFile(as: .int8)
    let again = try Network(modelFile: bytes)
    #expect(again.layers == network.layers)
    for description in network.parameterDescriptions {
      let (before, after) = (network[description.name], again[description.name])
      guard description.role == .weight || description.role == .stateSpaceMatrix else {
        #expect(after == before)
        continue
      }
      for row in 0..<before.shape[0] {
        let range = row * before.shape[1]..<(row + 1) * before.shape[1]
        let largest = before.values[range].reduce(0) { max($0, abs($1)) }
        for i in range {
          #expect(abs(after.values[i] - before.values[i]) <= largest / 254 * 1.0001)
          #expect(before.values[i] != 0 || after.values[i] == 0)
        }
      }
    }
    // What has been rounded is written the same.
    #expect(again.modelFile(as: .int8) == bytes)
  }

  /// The scale of a row of the least numbers there are is not a hundred-and-twenty-seventh of the
  /// largest.
  @Test func theLeastNumbersAreRoundedToo() throws {
    let least = Float.leastNonzeroMagnitude
    let network = try Network(
      inputWidth: 3, layers: [.dense(DenseLayer(outputs: 2))],
      parameters: [
        "layers.0.weight": Tensor(
          shape: [2, 3], values: [190 * least, -190 * least, least, 60 * least, 0, -least]),
        "layers.0.bias": Tensor(shape: [2], repeating: 0),
      ])
    let weights = try Network(modelFile: network.modelFile(as: .int8))["layers.0.weight"].values
    #expect(weights == [127 * least, -127 * least, least, 0, 0, 0])
  }

  @Test func damagedFilesAreRefused() throws {
    let network = try SmallNetwork.cells[0].network
    let bytes = network.modelFile(as: .int8)
    let name = try #require(network.matrixDescriptions.first?.name)
    func refusal(_ change: (inout SafeTensors) -> Void) throws -> String {
      var file = try SafeTensors(bytes: bytes)
      change(&file)
      let error = try #require(throws: ModelFileError.self) {
        try Network(modelFile: file.encode())
      }
      return error.description
    }
    let scales = name + ".scales"
    #expect(try refusal { $0.tensors[scales] = nil }.contains("has integers, but no \(scales)"))
    #expect(
      try refusal { $0.tensors[scales] = Tensor(shape: [1], values: [1]) }.contains("shape [1]"))
    #expect(
      try refusal { $0.tensors[scales]?.values[0] = .nan }.contains("nan"))
    #expect(try refusal { $0.types[name] = nil }.contains("type I8"))
  }
}
