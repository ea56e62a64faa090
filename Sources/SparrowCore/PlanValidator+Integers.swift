import CSparrow

/// Checks of fixed-point plans, whose slots hold 16-bit activations.
extension PlanValidator {
  var isIntegerHeader: Bool {
    let limit: Int32
    switch sparrow_arithmetic(rawValue: header.arithmetic) {
    case SPARROW_W8A8: limit = Int32(Int8.max)
    case SPARROW_W8A16: limit = Int32(Int16.max)
    default: return false
    }
    let exponents: ClosedRange<Int32> = -64...64
    return (1...limit).contains(header.limit) && exponents.contains(header.input_exponent)
      && exponents.contains(header.output_exponent)
  }

  func isRectifierOrNothing(_ layer: sparrow_layer) -> Bool {
    layer.function <= SPARROW_ACTIVATION_RELU.rawValue
  }

  mutating func isValid(_ matrix: sparrow_matrix, from: UInt32, rows: UInt32) -> Bool {
    holdsActivations(from, matrix.columns) && isValid(matrix, rows: rows, columns: matrix.columns)
  }

  /// Whether `count` activations from the word `start` on lie in scratch memory.
  func holdsActivations(_ start: UInt32, _ count: UInt32) -> Bool {
    2 * UInt64(start) + UInt64(count) <= 2 * UInt64(header.scratch_count)
  }

  func hasWork(_ layer: sparrow_layer) -> Bool {
    UInt64(layer.work) + IntegerWork(layer).count <= UInt64(header.scratch_count)
  }

  /// The range of integers of so many bits.
  static func numbers(bits: Int) -> ClosedRange<Int32> {
    let most = (Int32(1) << Int32(bits - 1)) - 1
    return -most...most
  }

  /// Whether a vector in a range lies in the image, after `skipped` other values.
  mutating func holds(
    _ offset: UInt32, _ count: UInt32, after skipped: UInt32 = 0, in range: ClosedRange<Int32>
  ) -> Bool {
    guard holds(offset, 4 * (Int64(skipped) + Int64(count))), read(4 * Int64(count)) else {
      return false
    }
    let values = (image + Int(offset)).assumingMemoryBound(to: Int32.self) + Int(skipped)
    for i in 0..<Int(count) {
      guard range.contains(values[i]) else { return false }
    }
    return true
  }

  /// Whether a table has values from 0 to 1 only, between its entries too.
  func isTable(_ offset: UInt32) -> Bool {
    guard holds(offset, 4 * Int64(sparrow_function_table_count)) else { return false }
    let table = (image + Int(offset)).assumingMemoryBound(to: Int32.self)
    let unit: ClosedRange<Int32> = 0...1 << 15
    for i in 0..<Int(sparrow_function_segments) {
      let first = table[i] & 0xffff
      guard unit.contains(first), unit.contains(first + (table[i] >> 16)) else { return false }
    }
    return unit.contains(table[Int(sparrow_function_segments)])
  }
}
