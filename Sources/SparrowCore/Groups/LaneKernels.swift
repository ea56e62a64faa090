import CSparrow

/// The C kernels of a step of many streams, as methods; see `sparrow_lane_kernels.h`.
struct LaneKernels: @unchecked Sendable {
  /// Those of one stream, which serve where rows don't differ.
  let single: Kernels
  /// Streams that lie side by side: 16 or 32.
  let laneCount: Int
  private let table: UnsafePointer<sparrow_lane_kernels>

  init(_ single: Kernels, _ instructionSet: InstructionSet, laneCount: Int) {
    self.single = single
    self.laneCount = laneCount
    table = sparrow_lane_kernels_for(instructionSet.cValue)
  }

  typealias Integers = UnsafePointer<Int32>
  typealias Activations = UnsafePointer<Int16>
  typealias MutableActivations = UnsafeMutablePointer<Int16>

  /// y = W x + bias, of some rows.
  @inline(__always)
  func product(
    _ matrix: UnsafePointer<sparrow_lane_matrix>, first: Int, rows: Int, _ x: Activations,
    _ y: UnsafeMutablePointer<Int32>
  ) {
    _unsafePerformance { table.pointee.product(matrix, first, rows, laneCount, x, y) }
  }

  @inline(__always)
  func requantize(
    _ rows: Int, _ x: Integers, shifts: Integers, limit: Int32, rectifies: Bool,
    _ y: MutableActivations
  ) {
    _unsafePerformance {
      table.pointee.requantize(rows, laneCount, x, shifts, limit, rectifies ? 1 : 0, y)
    }
  }

  @inline(__always)
  func requantize(
    _ rows: Int, _ x: Integers, shifts: Integers, addingD d: Integers, times u: Activations,
    shift: UInt32, limit: Int32, _ y: MutableActivations
  ) {
    _unsafePerformance {
      table.pointee.requantize_add(
        rows, laneCount, x, shifts, d, u, Int32(bitPattern: shift), limit, y)
    }
  }

  /// - Parameters:
  ///   - rows: states, from those on that `a`, `f`, `shifts` and `x` point at.
  ///   - states: states of the layer.
  ///   - steps: a word a lane: -1 where there is a stream that takes a step, 0 elsewhere.
  @inline(__always)
  func recurrence(
    _ rows: Int, states: Int, a: Integers, shift: UInt32, f: Integers, shifts: Integers,
    w: Integers, steps: Integers, _ x: UnsafeMutablePointer<Int32>
  ) {
    _unsafePerformance {
      table.pointee.recurrence(
        rows, laneCount, states, a, Int32(bitPattern: shift), f, shifts, w, steps, x)
    }
  }

  @inline(__always)
  func read(
    _ rows: Int, states: Int, _ x: Integers, shift: UInt32, limit: Int32, rectifies: Bool,
    _ y: MutableActivations
  ) {
    _unsafePerformance {
      table.pointee.read(
        rows, laneCount, states, x, Int32(bitPattern: shift), limit, rectifies ? 1 : 0, y)
    }
  }

  @inline(__always)
  func function(
    _ rows: Int, table function: Integers, _ x: Integers, shifts: Integers, shift: UInt32,
    limit: Int32, _ y: MutableActivations
  ) {
    _unsafePerformance {
      table.pointee.function(
        rows, laneCount, function, x, shifts, Int32(bitPattern: shift), limit, y)
    }
  }

  @inline(__always)
  func gate(
    _ rows: Int, table function: Integers, _ x: Integers, left: UInt32, shifts: Integers,
    shift: UInt32, limit: Int32, _ y: MutableActivations
  ) {
    _unsafePerformance {
      table.pointee.gate(
        rows, laneCount, function, x, Int32(bitPattern: left), shifts, Int32(bitPattern: shift),
        limit, y)
    }
  }

  /// Frames of `count` activations, a multiple of 16 and one after the other, into lanes.
  @inline(__always)
  func lanes(_ frames: Activations, count: Int, _ y: MutableActivations) {
    _unsafePerformance { table.pointee.from_frames(count, laneCount, frames, count, y) }
  }

  /// The same, out of lanes.
  @inline(__always)
  func frames(_ x: Activations, count: Int, _ frames: MutableActivations) {
    _unsafePerformance { table.pointee.to_frames(count, laneCount, x, frames, count) }
  }

  typealias Sums = UnsafeMutablePointer<Int32>

  // Cells; their methods of one stream are in `Kernels`. `steps`: see ``recurrence``.

  @inline(__always)
  func rnn(
    _ units: Int, _ cell: inout sparrow_integer_cell, rectifies: Bool, _ a: Integers,
    _ q: Integers, steps: Integers, h: Sums
  ) {
    _unsafePerformance {
      table.pointee.cell_rnn(units, laneCount, &cell, rectifies ? 1 : 0, a, q, steps, h)
    }
  }

  @inline(__always)
  func lstm(
    _ units: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers,
    steps: Integers, c: Sums, h: Sums
  ) {
    _unsafePerformance { table.pointee.cell_lstm(units, laneCount, &cell, a, q, steps, c, h) }
  }

  @inline(__always)
  func gru(
    _ units: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers,
    steps: Integers, h: Sums
  ) {
    _unsafePerformance { table.pointee.cell_gru(units, laneCount, &cell, a, q, steps, h) }
  }

  @inline(__always)
  func reset(
    _ units: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers, h: Integers,
    _ reset: MutableActivations
  ) {
    _unsafePerformance { table.pointee.cell_reset(units, laneCount, &cell, a, q, h, reset) }
  }

  @inline(__always)
  func candidate(
    _ units: Int, _ cell: inout sparrow_integer_cell, _ a: Integers, _ q: Integers,
    steps: Integers, h: Sums
  ) {
    _unsafePerformance { table.pointee.cell_candidate(units, laneCount, &cell, a, q, steps, h) }
  }

  @inline(__always)
  func events(_ units: Int, thresholds: Integers, steps: Integers, h: Sums, sent: Sums) {
    _unsafePerformance {
      table.pointee.cell_events(units, laneCount, thresholds, steps, h, sent)
    }
  }
}
