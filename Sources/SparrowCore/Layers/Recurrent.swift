import CSparrow

/// A step of a recurrent cell; `RecurrentLayer` in Sparrow has the formulas.
enum Recurrent {
  /// The products with the input, which wait for no state, are those of all frames at once.
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    Matrix(record: layer.matrices.0).multiply(
      memory.slot(layer.input), into: memory.slot(layer.work), at: 0, in: memory,
      observer: &observer)
    memory.eachFrame { place in
      advance(layer, memory.frame(at: place), observer: &observer)
    }
  }

  /// One frame, whose product with the input is made.
  @inline(__always)
  private static func advance(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let units = Int(layer.states)
    let places = RecurrentMemory(layer)
    let kernels = memory.kernels
    let state = memory.state + Int(layer.state)
    let work = memory.slot(layer.work)
    let a = work
    let q = work + places.recurrent
    let output = memory.slot(layer.output)

    if layer.cell == SPARROW_CELL_EVENT_GRU.rawValue, layer.interval > 0 {
      forgetIfDue(state, units: units, interval: layer.interval)
    }
    Matrix(record: layer.matrices.1).multiply(
      state, into: q, at: 1, in: memory, observer: &observer)
    switch sparrow_cell(rawValue: layer.cell) {
    case SPARROW_CELL_RNN:
      kernels.rnn(
        units, rectifies: layer.rectifies, a, q, h: state,
        output)
    case SPARROW_CELL_LSTM:
      kernels.lstm(units, a, q, c: state + units, h: state, output)
    case SPARROW_CELL_GRU:
      kernels.gru(units, a, q, h: state, output)
    case SPARROW_CELL_GRU_RESET_FIRST:
      let reset = work + places.reset
      kernels.reset(units, a, q, h: state, reset)
      let candidate = q + 2 * units
      Matrix(record: layer.matrices.2).multiply(
        reset, into: candidate, at: 2, in: memory, observer: &observer)
      kernels.candidate(units, a, q, candidate, h: state, output)
    default:
      let kept = state + units
      kernels.gru(units, a, q, h: kept, output)
      kernels.events(
        units, thresholds: memory.vector(layer.vectors.0), h: kept, sent: state, output)
    }
    observer.pointwise(multiplications: Int(layer.multiplications))
  }

  /// Sets the units' own values to zero before every `interval` steps, which the state counts.
  @inline(__always)
  private static func forgetIfDue(
    _ state: UnsafeMutablePointer<Float>, units: Int, interval: UInt32
  ) {
    let counter = state + 2 * units
    if counter.pointee >= Float(interval) {
      counter.pointee = 0
      var i = 0
      while i < units {
        state[units + i] = 0
        i += 1
      }
    }
    counter.pointee += 1
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    guard layer.cell <= SPARROW_CELL_EVENT_GRU.rawValue, layer.states % 16 == 0,
      layer.states == layer.width
    else { return nil }
    let places = RecurrentMemory(layer)
    let isEvents = layer.cell == SPARROW_CELL_EVENT_GRU.rawValue
    let resetsFirst = layer.cell == SPARROW_CELL_GRU_RESET_FIRST.rawValue
    let isValid =
      plan.fits(layer.state, UInt32(places.stateCount), in: plan.header.state_count)
      && plan.fits(layer.work, UInt32(places.workCount), in: plan.header.scratch_count)
      && plan.isValid(
        layer.matrices.0, from: layer.input, to: layer.work, width: UInt32(places.rows.input))
      && plan.isValid(
        layer.matrices.1, rows: UInt32(places.rows.recurrent), columns: layer.matrices.1.columns)
      && layer.matrices.1.columns <= layer.states
      && (!resetsFirst
        || plan.isValid(layer.matrices.2, rows: layer.states, columns: layer.matrices.2.columns)
          && layer.matrices.2.columns <= layer.states)
      && (!isEvents || plan.holds(layer.vectors.0, 4 * Int64(layer.states)))
    return isValid
      ? LayerDemand(
        scratch: layer.width + UInt32(places.workCount), state: UInt32(places.stateCount)) : nil
  }
}
