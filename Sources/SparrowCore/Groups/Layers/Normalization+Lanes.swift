import CSparrow

extension Normalization {
  /// In fixed point a copy.
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    UnsafeMutableRawPointer(memory.slot(record.output)).copyMemory(
      from: memory.slot(record.input), byteCount: 2 * Int(record.width) * memory.laneCount)
  }
}
