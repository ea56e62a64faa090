/// ARM's costs, from instructions that QEMU counted (a plug-in that adds up those of translated
/// blocks), not from times: 230 products of 64…1024 rows by 64…512 columns with shares of non-zeros
/// 0.05…1 and of active inputs 0.2…1, on a Cortex-A72 for NEON and on QEMU's `max` for i8mm.
/// The fit is within 3 % in the median, and within 65 % for `columns` in bytes, whose steps follow
/// the weights and not their bytes. Six instructions are taken as a nanosecond (2.5 GHz, 2.4 in a
/// cycle), and memory as fast as on the processor of the other costs. Activations of 16 bits were
/// counted; those of 8 bits are derived from the instructions that the second plane takes.
extension CostModel {
  // By arithmetic: f32, w8a8, w8a16.

  static let neon: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 1, slice: 3, rate: 53), Cost(start: 60, slice: 0, rate: 7.8),
      Cost(start: 93, slice: 0, rate: 4.1),
    ],
    .events: [
      Cost(start: 28, slice: 1.2, rate: 43, column: 1.2),
      Cost(start: 12, slice: 0, rate: 5.7, column: 4.5),
      Cost(start: 12, slice: 0, rate: 3.1, column: 4.8),
    ],
    .lookup: [
      Cost(start: 0, slice: 4, rate: 9.4), Cost(start: 0, slice: 20, rate: 8.5),
      Cost(start: 0, slice: 28, rate: 4.7),
    ],
    .block: [
      Cost(start: 5, slice: 6.6, rate: 47), Cost(start: 60, slice: 0, rate: 7.3),
      Cost(start: 86, slice: 0, rate: 3.9),
    ],
    .columns: columns,
  ]

  static let neonI8MM: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 1, slice: 3, rate: 53), Cost(start: 60, slice: 0, rate: 25),
      Cost(start: 90, slice: 0, rate: 16.6),
    ],
    .events: [
      Cost(start: 28, slice: 1, rate: 43, column: 1.2),
      Cost(start: 0, slice: 6, rate: 15, column: 3.5),
      Cost(start: 0, slice: 6.8, rate: 9.9, column: 3.8),
    ],
    .lookup: [
      Cost(start: 0, slice: 4, rate: 9.4), Cost(start: 22, slice: 15, rate: 20),
      Cost(start: 22, slice: 21, rate: 11.6),
    ],
    .block: [
      Cost(start: 5, slice: 6.6, rate: 47), Cost(start: 60, slice: 0, rate: 30),
      Cost(start: 87, slice: 0, rate: 19.8),
    ],
    .columns: columns,
  ]

  private static let columns = [
    Cost(start: 64, slice: 0, rate: 5.4, column: 1.9), Cost(start: 215, slice: 0, rate: 1.1),
    Cost(start: 215, slice: 0, rate: 1.1),
  ]
}
