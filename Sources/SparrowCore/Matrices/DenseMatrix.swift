import CSparrow

/// Every weight stored, in single precision: groups of up to 64 rows, column by column.
enum DenseMatrix {
  @inline(__always)
  static func multiply(
    _ matrix: sparrow_matrix, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    in memory: StepMemory
  ) {
    memory.kernels.matvec(
      memory.vector(matrix.weights_offset),
      bias: matrix.bias_offset == 0 ? nil : memory.vector(matrix.bias_offset),
      rows: Int(matrix.stored_rows), columns: Int(matrix.columns), x, y)
  }
}
