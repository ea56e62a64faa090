import CSparrow

extension LinearRecurrence {
  /// By slice of states what B gives and the states become, then by slice of rows what C reads.
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    let kernels = memory.kernels
    let lanes = memory.laneCount
    let layout = IntegerWork(record)
    let states = Int(record.states)
    let width = Int(record.width)
    let input = memory.slot(record.input)
    let output = memory.slot(record.output)
    let sums = memory.words(Int(record.work))
    let read = UnsafeMutableRawPointer(memory.words(Int(record.work) + layout.read))
      .assumingMemoryBound(to: Int16.self)
    let state = memory.state(record.state)
    let a = memory.vector(record.vectors.0)
    let f = memory.vector(record.vectors.1)
    let d = memory.vector(record.vectors.2)
    let slice = LaneLayer.slice

    LaneLayer.eachSlice(of: states) { row in
      kernels.product(layer.matrices, first: row, rows: slice, input, sums)
      kernels.product(
        layer.matrices, first: states + row, rows: slice, input, sums + slice * lanes)
      kernels.recurrence(
        slice, states: states, a: a + row, shift: record.shifts.0, f: f + row,
        shifts: f + 2 * states + row, w: sums, steps: memory.steps, state + row * lanes)
      kernels.read(
        slice, states: states, state + row * lanes, shift: record.shifts.1, limit: memory.limit,
        rectifies: record.rectifies, read + row * lanes)
    }
    LaneLayer.eachSlice(of: width) { row in
      kernels.product(layer.matrices + 1, first: row, rows: slice, read, sums)
      kernels.requantize(
        slice, sums, shifts: d + width + row, addingD: d + row, times: input + row * lanes,
        shift: record.shifts.2, limit: memory.limit, output + row * lanes)
    }
  }
}
