/// The costs of Intel's processors with AVX-512, fitted to the times of `SparrowBenchmarks matvec`
/// on one core of a Sapphire Rapids at 2.1 GHz in a virtual machine, over sizes 64…2048 and shares
/// of zeros 0…0.95.
///
/// A permutation of bytes of two registers takes two cycles there and three operations, of one
/// register half as long: the narrowest lookups are faster by a third than the next, which AMD's
/// processors do in the same time. And the third level of caches is far: 22 GB/s in place of 97.
extension CostModel {
  // The second level has 2 MiB.
  static let intelMemory: [MemoryRate] = [
    (48e3, 110), (1.05e6, 110), (1.3e6, 75), (2e6, 35), (2.6e6, 26), (4e6, 22),
  ]

  // By arithmetic: f32, w8a8, w8a16.
  static let intel: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 5, slice: 0, rate: 109), Cost(start: 16, slice: 0, rate: 81),
      Cost(start: 16, slice: 0, rate: 70),
    ],
    .events: [
      Cost(start: 5, slice: 0.5, rate: 103, column: 0.1, reach: 0.9),
      Cost(start: 60, slice: 0, rate: 20, column: 0.9, reach: 0.5),
      Cost(start: 60, slice: 0, rate: 27, column: 0.9, reach: 0.5),
    ],
    .lookup: [
      Cost(start: 15, slice: 0, rate: 82), Cost(start: 22, slice: 0, rate: 75),
      Cost(start: 22, slice: 0, rate: 71),
    ],
    .wideLookup: [
      Cost(start: 15, slice: 0, rate: 49), Cost(start: 23, slice: 0, rate: 62),
      Cost(start: 23, slice: 0, rate: 51),
    ],
    .widestLookup: [
      Cost(start: 15, slice: 0, rate: 49), Cost(start: 23, slice: 0, rate: 26),
      Cost(start: 23, slice: 0, rate: 29),
    ],
    .block: [
      Cost(start: 15, slice: 0, rate: 97), Cost(start: 10, slice: 0, rate: 50),
      Cost(start: 10, slice: 0, rate: 48),
    ],
    .columns: [
      Cost(start: 10, slice: 0.5, rate: 10, column: 0.1),
      Cost(start: 20, slice: 1, rate: 3, column: 0.8),
      Cost(start: 20, slice: 1, rate: 4, column: 0.8),
    ],
  ]
}
