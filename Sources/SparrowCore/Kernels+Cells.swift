package import CSparrow

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

/// The same in integers; `h` has the exponent 30.
extension Kernels {
  package typealias IntegerState = UnsafeMutablePointer<Int32>

  @inline(__always)
  package func readCell(
    _ count: Int, h: Integers, shift: Int32, limit: Int32, _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance { clipped = integers.pointee.integer_cell_read(count, h, shift, limit, y) }
    return clipped
  }

  @inline(__always)
  package func rnn(
    _ count: Int, _ cell: inout sparrow_integer_cell, rectifies: Bool, _ a: Integers,
    _ q: Integers, h: IntegerState
  ) {
    _unsafePerformance {
      integers.pointee.integer_cell_rnn(count, &cell, rectifies ? 1 : 0, a, q, h)
    }
  }

  @inline(__always)
  package func lstm(
    _ count: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers,
    c: IntegerState, h: IntegerState
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance { clipped = integers.pointee.integer_cell_lstm(count, &cell, a, q, c, h) }
    return clipped
  }

  @inline(__always)
  package func gru(
    _ count: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers,
    h: IntegerState
  ) {
    _unsafePerformance { integers.pointee.integer_cell_gru(count, &cell, a, q, h) }
  }

  @inline(__always)
  package func reset(
    _ count: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers, h: Integers,
    _ reset: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.integer_cell_reset(count, &cell, a, q, h, reset)
    }
    return clipped
  }

  @inline(__always)
  package func candidate(
    _ count: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers,
    h: IntegerState
  ) {
    _unsafePerformance { integers.pointee.integer_cell_candidate(count, &cell, a, q, h) }
  }

  @inline(__always)
  package func events(
    _ count: Int, thresholds: Integers, h: IntegerState, sent: IntegerState
  ) {
    _unsafePerformance { integers.pointee.integer_cell_events(count, thresholds, h, sent) }
  }
}
