import CSparrow

extension Dense {
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    let input = memory.slot(record.input)
    let output = memory.slot(record.output)
    let shifts = memory.vector(record.vectors.0)
    let sums = memory.words(Int(record.work))
    LaneLayer.eachSlice(of: Int(record.width)) { row in
      memory.kernels.product(layer.matrices, first: row, rows: LaneLayer.slice, input, sums)
      memory.kernels.requantize(
        LaneLayer.slice, sums, shifts: shifts + row, limit: memory.limit,
        rectifies: record.rectifies, output + row * memory.laneCount)
    }
  }
}
