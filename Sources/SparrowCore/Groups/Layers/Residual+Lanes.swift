import CSparrow

extension Residual {
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    _ = memory.kernels.single.add(
      Int(record.width) * memory.laneCount, memory.slot(record.input), left: record.shifts.0,
      to: memory.slot(record.output), left: record.shifts.1, right: record.shifts.2,
      limit: memory.limit, rectifies: record.rectifies)
  }
}
