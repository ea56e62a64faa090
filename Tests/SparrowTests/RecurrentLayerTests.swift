import Foundation
import Testing

@testable import Sparrow

/// How recurrent cells are described.
struct RecurrentLayerTests {
  @Test(arguments: SmallNetwork.cells)
  func modelFilesKeepEverything(_ small: SmallNetwork) throws {
    let network = try small.network
    #expect(try Network(modelFile: network.modelFile()) == network)
  }

  @Test func whatIsLeftOutIsStandard() throws {
    func layer(_ json: String) throws -> Layer {
      try JSONDecoder().decode(Layer.self, from: Data(json.utf8))
    }
    #expect(
      try layer(#"{"kind": "gru", "units": 4}"#) == .recurrent(RecurrentLayer(.gru(), units: 4)))
    #expect(
      try layer(#"{"kind": "rnn", "units": 4}"#) == .recurrent(RecurrentLayer(.rnn(), units: 4)))
    #expect(
      try layer(#"{"kind": "eventGRU", "units": 4, "structure": "blockDiagonal", "blocks": 2}"#)
        == .recurrent(
          RecurrentLayer(.eventGRU(), units: 4, structure: .blockDiagonal(blocks: 2))))
    #expect(throws: DecodingError.self) { try layer(#"{"kind": "lstm"}"#) }
  }

  /// A unit sees as many others as there are in a block, each unit is seen, and shuffled blocks see
  /// units of every block.
  @Test func shuffledBlocksMix() {
    let structure = RecurrentStructure.blockDiagonal(blocks: 3, shuffled: true)
    let order = structure.order(units: 12)
    #expect(order == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(structure.blockSize(units: 12) == 4)
    #expect(RecurrentStructure.diagonal.blockSize(units: 12) == 1)
    #expect(RecurrentStructure.full.order(units: 3) == [0, 1, 2])
  }

  @Test func thresholdsAreScaled() throws {
    let events = SmallNetwork(
      testDescription: "", inputWidth: 3,
      layers: [
        .recurrent(RecurrentLayer(.eventGRU(EventGRU(trainsThresholds: false)), units: 4)),
        .recurrent(RecurrentLayer(.eventGRU(), units: 5)),
      ])
    let network = try events.network
    let scaled = try network.scalingThresholds(by: 0.5)
    for (name, tensor) in network.parameters {
      let factor: Float = name.hasSuffix(".threshold") ? 0.5 : 1
      #expect(scaled[name].values == tensor.values.map { factor * $0 })
    }
    #expect(throws: NetworkError.self) { try network.scalingThresholds(by: -1) }
    #expect(throws: NetworkError.self) {
      try SmallNetwork.all[0].network.scalingThresholds(by: 0.5)
    }
  }

  @Test(arguments: [
    RecurrentLayer(.lstm, units: 0),
    RecurrentLayer(.lstm, units: 10, structure: .blockDiagonal(blocks: 3)),
    RecurrentLayer(.lstm, units: 10, structure: .blockDiagonal(blocks: 0)),
    RecurrentLayer(.rnn(.gelu), units: 10),
    RecurrentLayer(.eventGRU(EventGRU(resetInterval: 0)), units: 10),
    RecurrentLayer(.eventGRU(EventGRU(damping: -1)), units: 10),
    RecurrentLayer(.eventGRU(EventGRU(support: .infinity)), units: 10),
  ])
  func whatMakesNoSenseIsRefused(_ layer: RecurrentLayer) {
    #expect(throws: NetworkError.self) {
      try Network.validate(inputWidth: 4, layers: [.recurrent(layer)])
    }
  }

  /// Zeros between blocks are not stored.
  @Test func blocksAreAllThatIsStored() {
    let layer = RecurrentLayer(.lstm, units: 64, structure: .blockDiagonal(blocks: 8))
    let parameters = Layer.recurrent(layer).parameters(inputWidth: 3, path: "x")
    #expect(parameters.map(\.shape) == [[256, 3], [256, 8], [256], [256]])
  }
}
