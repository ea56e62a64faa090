import CSparrow

/// A step of a recurrent cell in integers. The state's h has the exponent 30; what matrices and the
/// next layer read of it are activations.
extension Recurrent {
  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let units = Int(layer.states)
    let places = RecurrentMemory(layer)
    let layout = RecurrentMemory.integerWork(layer)
    let kernels = memory.kernels
    let state = memory.state + Int(layer.state)
    let work = memory.scratch + Int(layer.work)
    let a = work
    let q = work + places.recurrent
    let read = UnsafeMutableRawPointer(work + layout.read).assumingMemoryBound(to: Int16.self)
    let planes = (low: work + layout.low, high: work + layout.high)
    let output = memory.slot(layer.output)
    var cell = cell(of: layer, image: memory.image, limit: memory.limit)
    let readShift = cell.read_shift
    var clipped: UInt32 = 0

    if layer.cell == SPARROW_CELL_EVENT_GRU.rawValue, layer.interval > 0 {
      forgetIfDue(state, units: units, interval: layer.interval)
    }
    Matrix(record: layer.matrices.0).multiply(
      memory.slot(layer.input), at: 0, in: memory, into: a, planes: planes, observer: &observer)
    // What was given at the last step, and counted then.
    _ = kernels.readCell(units, h: state, shift: readShift, limit: memory.limit, read)
    Matrix(record: layer.matrices.1).multiply(
      read, at: 1, in: memory, into: q, planes: planes, observer: &observer)
    switch sparrow_cell(rawValue: layer.cell) {
    case SPARROW_CELL_RNN:
      kernels.rnn(units, &cell, rectifies: layer.rectifies, a, q, h: state)
    case SPARROW_CELL_LSTM:
      clipped = kernels.lstm(units, &cell, a, q, c: state + units, h: state)
    case SPARROW_CELL_GRU:
      kernels.gru(units, &cell, a, q, h: state)
    case SPARROW_CELL_GRU_RESET_FIRST:
      let reset = read + units
      clipped = kernels.reset(units, &cell, a, q, h: state, reset)
      Matrix(record: layer.matrices.2).multiply(
        reset, at: 2, in: memory, into: q + 2 * units, planes: planes, observer: &observer)
      kernels.candidate(units, &cell, a, q, h: state)
    default:
      let kept = state + units
      kernels.gru(units, &cell, a, q, h: kept)
      kernels.events(
        units, thresholds: memory.vector(layer.vectors.3), h: kept, sent: state)
    }
    observer.pointwise(multiplications: Int(layer.multiplications))
    return clipped
      &+ kernels.readCell(units, h: state, shift: readShift, limit: memory.limit, output)
  }

  /// The arguments that all kernels of a layer's cell share.
  @inline(__always)
  static func cell(
    of layer: sparrow_layer, image: UnsafeRawPointer, limit: Int32
  ) -> sparrow_integer_cell {
    func vector(_ offset: UInt32) -> UnsafePointer<Int32> {
      (image + Int(offset)).assumingMemoryBound(to: Int32.self)
    }
    return sparrow_integer_cell(
      sigmoid: vector(layer.vectors.0), tanh: vector(layer.vectors.1),
      shifts: vector(layer.vectors.2), read_shift: Int32(bitPattern: layer.shifts.0),
      product_shift: Int32(bitPattern: layer.shifts.1),
      argument_shift: Int32(bitPattern: layer.shifts.2), limit: limit)
  }

  /// Sets the units' own values to zero before every `interval` steps, which the state counts.
  @inline(__always)
  private static func forgetIfDue(
    _ state: UnsafeMutablePointer<Int32>, units: Int, interval: UInt32
  ) {
    let counter = state + 2 * units
    // A state from outside may say anything.
    if counter.pointee < 0 || UInt32(bitPattern: counter.pointee) >= interval {
      counter.pointee = 0
      var i = 0
      while i < units {
        state[units + i] = 0
        i += 1
      }
    }
    counter.pointee &+= 1
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    guard layer.cell <= SPARROW_CELL_EVENT_GRU.rawValue, layer.states % 16 == 0,
      layer.states == layer.width
    else { return nil }
    let places = RecurrentMemory(layer)
    let isEvents = layer.cell == SPARROW_CELL_EVENT_GRU.rawValue
    let resetsFirst = layer.cell == SPARROW_CELL_GRU_RESET_FIRST.rawValue
    let columns = layer.matrices.1.columns
    let shifts = UInt32(
      places.rows.input + places.rows.recurrent + (resetsFirst ? Int(layer.states) : 0))
    let isValid =
      plan.fits(layer.state, UInt32(places.stateCount), in: plan.header.state_count)
      && UInt64(layer.work) + RecurrentMemory.integerWork(layer).count
        <= UInt64(plan.header.scratch_count)
      && plan.isValid(layer.matrices.0, from: layer.input, rows: UInt32(places.rows.input))
      && plan.isValid(
        layer.matrices.1, rows: UInt32(places.rows.recurrent), columns: columns)
      && columns <= layer.states
      && (!resetsFirst
        || plan.isValid(layer.matrices.2, rows: layer.states, columns: columns))
      && plan.isTable(layer.vectors.0) && plan.isTable(layer.vectors.1)
      && plan.holds(layer.vectors.2, shifts, in: -31...31)
      && (!isEvents || plan.holds(layer.vectors.3, layer.states, in: 0...1 << 30))
      && layer.shifts.0 <= 30 && layer.shifts.1 <= 30 && layer.shifts.2 <= 31
    return isValid
      ? LayerDemand(
        scratch: layer.width + UInt32(places.recurrent), state: UInt32(places.stateCount)) : nil
  }
}
