package import CSparrow

/// How the memory of a cell is laid out, in words.
package struct RecurrentMemory {
  /// The recurrent products, after those with the input.
  package let recurrent: Int
  /// Reset units, after those; in integers what is read of the state comes before, and both are
  /// activations.
  package let reset: Int
  package let workCount: Int
  package let stateCount: Int
  /// Rows of the matrices' results.
  let rows: (input: Int, recurrent: Int)

  /// - Parameter layer: its cell and its number of units, a multiple of 16.
  package init(_ layer: sparrow_layer) {
    let units = Int(layer.states)
    let gates: Int
    var parts = 1
    switch sparrow_cell(rawValue: layer.cell) {
    case SPARROW_CELL_RNN: gates = 1
    case SPARROW_CELL_LSTM:
      gates = 4
      parts = 2
    default: gates = 3
    }
    let resetsFirst = layer.cell == SPARROW_CELL_GRU_RESET_FIRST.rawValue
    recurrent = gates * units
    reset = 2 * gates * units
    workCount = reset + (resetsFirst ? units : 0)
    rows = (gates * units, (resetsFirst ? 2 : gates) * units)
    stateCount =
      layer.cell == SPARROW_CELL_EVENT_GRU.rawValue ? 2 * units + 16 : parts * units
  }

  /// The work in integers: sums as in floats, what is read of the state, reset units, and the
  /// planes of the activations that a matrix multiplies.
  package static func integerWork(_ layer: sparrow_layer) -> IntegerWork {
    IntegerWork(
      rows: UInt32(RecurrentMemory(layer).reset), states: layer.states, layer)
  }
}
