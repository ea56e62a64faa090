import CSparrow

/// A packed matrix, whatever its format: the kernels choose by it.
package struct Matrix {
  let record: sparrow_matrix

  var columns: Int { Int(record.columns) }
  var weightBytes: Int { Int(record.weight_bytes) }

  /// y = W x + bias, or W x where there is no bias. `x`: `columns` floats; `y`: `stored_rows`
  /// floats, of which those past `rows` become zero.
  @inline(__always)
  func multiply(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, in memory: StepMemory,
    observer: inout some StepObserver
  ) {
    observer.matrix(self, times: x, in: memory)
    memory.kernels.multiply(record, in: memory.image, x, y)
  }

  /// Non-zero weights in each column.
  func columnCounts(in image: UnsafeRawPointer) -> UnsafePointer<UInt32> {
    (image + Int(record.column_counts_offset)).assumingMemoryBound(to: UInt32.self)
  }
}
