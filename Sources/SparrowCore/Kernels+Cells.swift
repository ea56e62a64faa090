import CSparrow

/// Pointwise steps of recurrent cells; see `sparrow_kernels.h`. `a`, `q`: the products with the
/// input and with the state; `y`: what the layer gives.
extension Kernels {
  @inline(__always)
  package func rnn(
    _ count: Int, rectifies: Bool, _ a: Vector, _ q: Vector, h: MutableVector, _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.cell_rnn(count, rectifies ? 1 : 0, a, q, h, y) }
  }

  @inline(__always)
  package func lstm(
    _ count: Int, _ a: Vector, _ q: Vector, c: MutableVector, h: MutableVector, _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.cell_lstm(count, a, q, c, h, y) }
  }

  @inline(__always)
  package func gru(
    _ count: Int, _ a: Vector, _ q: Vector, h: MutableVector, _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.cell_gru(count, a, q, h, y) }
  }

  @inline(__always)
  package func reset(
    _ count: Int, _ a: Vector, _ q: Vector, h: Vector, _ reset: MutableVector
  ) {
    _unsafePerformance { floats.pointee.cell_reset(count, a, q, h, reset) }
  }

  @inline(__always)
  package func candidate(
    _ count: Int, _ a: Vector, _ q: Vector, _ candidate: Vector, h: MutableVector,
    _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.cell_candidate(count, a, q, candidate, h, y) }
  }

  @inline(__always)
  package func events(
    _ count: Int, thresholds: Vector, h: MutableVector, sent: MutableVector, _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.cell_events(count, thresholds, h, sent, y) }
  }
}
