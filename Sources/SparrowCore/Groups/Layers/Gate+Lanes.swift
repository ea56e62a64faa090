import CSparrow

extension Gate {
  /// All sums are made before the first value changes, which the matrix may still have to read.
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    let width = Int(record.width)
    let sums = memory.words(Int(record.work))
    memory.kernels.product(layer.matrices, first: 0, rows: width, memory.slot(record.input), sums)
    memory.kernels.gate(
      width, table: memory.vector(record.vectors.0), sums, left: record.shifts.1,
      shifts: memory.vector(record.vectors.1), shift: record.shifts.0, limit: memory.limit,
      memory.slot(record.output))
  }
}
