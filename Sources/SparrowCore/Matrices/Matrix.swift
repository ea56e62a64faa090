import CSparrow

/// A packed matrix, whatever its format: the kernels choose by it.
package struct Matrix {
  let record: sparrow_matrix

  var columns: Int { Int(record.columns) }
  var weightBytes: Int { Int(record.weight_bytes) }

  /// y = W x + bias, or W x where there is no bias, for all frames of `memory`. `x`: `columns`
  /// floats; `y`: `stored_rows` floats, of which those past `rows` become zero. Both are those of
  /// the first frame, and in scratch memory where there are others.
  ///
  /// - Parameter index: which one of its layer's matrices it is.
  @inline(__always)
  func multiply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, at index: Int,
    in memory: StepMemory, observer: inout some StepObserver
  ) {
    let isRounded = record.arithmetic == SPARROW_W8.rawValue
    memory.eachFrame { place in
      observer.matrix(self, at: index, times: x + place, in: memory)
      if isRounded { multiplyRounded(x + place, into: y + place, in: memory.frame(at: place)) }
    }
    if isRounded { return }
    if memory.frames == 1 {
      memory.kernels.multiply(record, in: memory.image, x, y)
    } else {
      memory.kernels.multiply(
        record, in: memory.image, frames: memory.frames, stride: memory.stride, x, y)
    }
  }

  /// The same by integers: x is rounded to 16 bits, and the sums, which are exact, become floats
  /// again.
  @inline(__always)
  private func multiplyRounded(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, in memory: StepMemory
  ) {
    let low = UnsafeMutableRawPointer(memory.slot(record.work))
      .assumingMemoryBound(to: UInt8.self)
    let high = low + 4 * Self.planeCount(columns: columns)
    let sums = UnsafeMutableRawPointer(y).assumingMemoryBound(to: Int32.self)
    let scale = memory.kernels.roundActivations(
      x, count: columns, limit: Int32(record.limit), low: low, high: high)
    memory.kernels.multiply(record, in: memory.image, low: low, high: high, sums)
    let scales = memory.vector(record.scales_offset)
    let rows = Int(record.stored_rows)
    memory.kernels.scaleSums(
      rows, sums, scale: scale, scales: scales, bias: scales + rows, y)
  }

  /// Words of scratch memory that a plane of activations takes, with what a product may read beyond
  /// it.
  package static func planeCount(columns: Int) -> Int {
    (columns + Int(sparrow_lookup_overhang) + 63) / 64 * 16
  }

  /// Non-zero weights in each column.
  func columnCounts(in image: UnsafeRawPointer) -> UnsafePointer<UInt32> {
    (image + Int(record.column_counts_offset)).assumingMemoryBound(to: UInt32.self)
  }
}
