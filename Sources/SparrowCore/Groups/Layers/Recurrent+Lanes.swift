import CSparrow

extension Recurrent {
  /// A step of a block of streams, as ``stepInIntegers(_:_:observer:)`` does for each.
  @inline(__always)
  static func step(_ layer: LaneLayer, _ memory: LaneMemory) {
    let record = layer.record
    let units = Int(record.states)
    let places = RecurrentMemory(record)
    let (kernels, steps) = (memory.kernels, memory.steps)
    let state = memory.state(record.state)
    let second = state + units * memory.laneCount
    let a = memory.words(Int(record.work))
    let q = memory.words(Int(record.work) + places.recurrent)
    let read = memory.slot(record.work + UInt32(RecurrentMemory.integerWork(record).read))
    var cell = cell(of: record, image: memory.image, limit: memory.limit)

    if record.cell == SPARROW_CELL_EVENT_GRU.rawValue, record.interval > 0 {
      forgetIfDue(memory, record)
    }
    kernels.product(
      layer.matrices, first: 0, rows: places.rows.input, memory.slot(record.input), a)
    self.read(state, units: units, &cell, kernels, into: read)
    kernels.product(layer.matrices + 1, first: 0, rows: places.rows.recurrent, read, q)
    switch sparrow_cell(rawValue: record.cell) {
    case SPARROW_CELL_RNN:
      kernels.rnn(units, &cell, rectifies: record.rectifies, a, q, steps: steps, h: state)
    case SPARROW_CELL_LSTM:
      kernels.lstm(units, &cell, a, q, steps: steps, c: second, h: state)
    case SPARROW_CELL_GRU:
      kernels.gru(units, &cell, a, q, steps: steps, h: state)
    case SPARROW_CELL_GRU_RESET_FIRST:
      let reset = read + units * memory.laneCount
      kernels.reset(units, &cell, a, q, h: state, reset)
      kernels.product(
        layer.matrices + 2, first: 0, rows: units, reset, q + 2 * units * memory.laneCount)
      kernels.candidate(units, &cell, a, q, steps: steps, h: state)
    default:
      kernels.gru(units, &cell, a, q, steps: steps, h: second)
      kernels.events(
        units, thresholds: memory.vector(record.vectors.3), steps: steps, h: second, sent: state)
    }
    self.read(state, units: units, &cell, kernels, into: memory.slot(record.output))
  }

  /// The activations that matrices and the next layer read of the states. All rows have the same
  /// shift, so that the kernel of one stream serves.
  @inline(__always)
  private static func read(
    _ state: UnsafePointer<Int32>, units: Int, _ cell: inout sparrow_integer_cell,
    _ kernels: LaneKernels, into activations: UnsafeMutablePointer<Int16>
  ) {
    _ = kernels.single.readCell(
      units * kernels.laneCount, h: state, shift: cell.read_shift, limit: cell.limit, activations)
  }

  /// Sets the units' own values of the streams that take a step to zero before every `interval`
  /// steps, which their states count.
  @inline(__always)
  private static func forgetIfDue(_ memory: LaneMemory, _ record: sparrow_layer) {
    let (units, lanes) = (Int(record.states), memory.laneCount)
    let own = memory.state(record.state) + units * lanes
    let counters = own + units * lanes
    var lane = 0
    while lane < lanes {
      defer { lane += 1 }
      guard memory.steps[lane] != 0 else { continue }
      let counter = counters + lane
      // A state from outside may say anything.
      if counter.pointee < 0 || UInt32(bitPattern: counter.pointee) >= record.interval {
        counter.pointee = 0
        var unit = 0
        while unit < units {
          own[unit * lanes + lane] = 0
          unit += 1
        }
      }
      counter.pointee &+= 1
    }
  }
}
