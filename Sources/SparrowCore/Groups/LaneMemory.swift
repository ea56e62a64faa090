import CSparrow

/// Everything that a layer touches in a step of a block of streams; see ``IntegerMemory``. Where a
/// stream's memory has a word, this has one for each lane.
struct LaneMemory {
  let image: UnsafeRawPointer
  let kernels: LaneKernels
  /// The largest magnitude of an activation.
  let limit: Int32
  let scratch: UnsafeMutableRawPointer
  let states: UnsafeMutablePointer<Int32>
  /// By lane: -1 where there is a stream that takes a step, 0 elsewhere.
  let steps: UnsafePointer<Int32>

  @inline(__always)
  var laneCount: Int { kernels.laneCount }

  /// The activations of a slot, a row for each.
  @inline(__always)
  func slot(_ offset: UInt32) -> UnsafeMutablePointer<Int16> {
    UnsafeMutableRawPointer(words(Int(offset))).assumingMemoryBound(to: Int16.self)
  }

  /// Where a layer works, or a part of it.
  @inline(__always)
  func words(_ offset: Int) -> UnsafeMutablePointer<Int32> {
    scratch.assumingMemoryBound(to: Int32.self) + offset * laneCount
  }

  @inline(__always)
  func state(_ offset: UInt32) -> UnsafeMutablePointer<Int32> { states + Int(offset) * laneCount }

  @inline(__always)
  func vector(_ offset: UInt32) -> UnsafePointer<Int32> {
    (image + Int(offset)).assumingMemoryBound(to: Int32.self)
  }
}

/// A layer's record, and its matrices as a step in lanes reads them.
struct LaneLayer {
  let record: sparrow_layer
  let matrices: UnsafePointer<sparrow_lane_matrix>

  /// Rows of a product that are done with before the next ones are made, so that sums stay in the
  /// first-level cache.
  static var slice: Int { 16 }

  /// Calls `body` with the first row of each slice of `rows`, a multiple of 16.
  @inline(__always)
  static func eachSlice(of rows: Int, _ body: (_ row: Int) -> Void) {
    var row = 0
    while row < rows {
      body(row)
      row += slice
    }
  }
}
