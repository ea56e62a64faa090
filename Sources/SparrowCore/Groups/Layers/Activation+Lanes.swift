import CSparrow

extension Activation {
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    let output = memory.slot(record.output)
    let kernels = memory.kernels
    if record.rectifies {
      kernels.single.relu(Int(record.width) * memory.laneCount, output)
      return
    }
    let table = memory.vector(record.vectors.0)
    let shifts = memory.vector(record.vectors.1)
    let work = memory.words(Int(record.work))
    let isGELU = record.function == SPARROW_ACTIVATION_GELU.rawValue
    LaneLayer.eachSlice(of: Int(record.width)) { row in
      let y = output + row * memory.laneCount
      kernels.single.widen(
        LaneLayer.slice * memory.laneCount, y, left: record.shifts.0, work)
      if isGELU {
        kernels.gate(
          LaneLayer.slice, table: table, work, left: 0, shifts: shifts + row,
          shift: record.shifts.1, limit: memory.limit, y)
      } else {
        kernels.function(
          LaneLayer.slice, table: table, work, shifts: shifts + row, shift: record.shifts.1,
          limit: memory.limit, y)
      }
    }
  }
}
