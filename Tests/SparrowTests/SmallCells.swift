import Sparrow

extension SmallNetwork {
  /// Every cell, and every structure.
  static let cells: [SmallNetwork] = {
    let structures: [(String, Int, RecurrentStructure)] = [
      ("full", 13, .full), ("diagonal", 21, .diagonal),
      ("3 blocks", 24, .blockDiagonal(blocks: 3)),
      ("4 shuffled blocks", 40, .blockDiagonal(blocks: 4, shuffled: true)),
    ]
    let cells: [(String, RecurrentLayer.Cell)] = [
      ("RNN", .rnn()), ("RNN, rectified", .rnn(.relu)), ("LSTM", .lstm), ("GRU", .gru()),
      ("GRU, reset first", .gru(resetsFirst: true)), ("event GRU", .eventGRU()),
      ("event GRU that forgets", .eventGRU(EventGRU(resetInterval: 7))),
    ]
    let single = cells.flatMap { name, cell in
      structures.map { structure, units, value in
        SmallNetwork(
          testDescription: "\(name), \(structure)", inputWidth: 11,
          layers: [.recurrent(RecurrentLayer(cell, units: units, structure: value))])
      }
    }
    return single + [
      SmallNetwork(
        testDescription: "cells among other layers", inputWidth: 9,
        layers: [
          .normalization, .recurrent(RecurrentLayer(.lstm, units: 18)), .activation(.relu),
          .residual([
            .normalization, .recurrent(RecurrentLayer(.eventGRU(), units: 33)),
            .recurrent(RecurrentLayer(.gru(), units: 18)),
          ]), .dense(DenseLayer(outputs: 4)),
        ]),
      SmallNetwork(
        testDescription: "sparse cells", inputWidth: 60,
        layers: [
          .dense(DenseLayer(outputs: 130)), .activation(.relu),
          .recurrent(RecurrentLayer(.gru(), units: 150)),
          .recurrent(RecurrentLayer(.eventGRU(), units: 100)), .dense(DenseLayer(outputs: 20)),
        ], density: 0.1),
    ]
  }()
}
