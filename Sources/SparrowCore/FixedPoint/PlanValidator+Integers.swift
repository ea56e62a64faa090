import CSparrow

/// What a plan of integers has besides; and its slots hold 16-bit activations.
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

  func isValidInteger(_ layer: sparrow_layer) -> Bool {
    guard layer.width % 16 == 0, holdsActivations(layer.output, layer.width),
      layer.function <= SPARROW_ACTIVATION_TANH.rawValue
    else { return false }
    switch sparrow_layer_kind(rawValue: layer.kind) {
    case SPARROW_LAYER_DENSE:
      return isRectifierOrNothing(layer) && hasWork(layer)
        && isValid(layer.matrices.0, from: layer.input, rows: layer.width)
        && holds(layer.vectors.0, layer.width, in: 0...31)
    case SPARROW_LAYER_LINEAR_RECURRENCE:
      let parts = 2 * layer.states
      return layer.states % 16 == 0 && isRectifierOrNothing(layer) && hasWork(layer)
        && fits(layer.state, parts, in: header.state_count)
        && isValid(layer.matrices.0, from: layer.input, rows: parts)
        && isValid(layer.matrices.1, rows: layer.width, columns: parts)
        && holdsActivations(layer.input, layer.width)
        && holds(layer.vectors.0, parts, in: Self.numbers(bits: 24))
        && holds(layer.vectors.1, parts, in: Self.numbers(bits: 16))
        && holds(layer.vectors.1, layer.states, after: parts, in: 0...62)
        && holds(layer.vectors.2, layer.width, in: Self.numbers(bits: 16))
        && holds(layer.vectors.2, layer.width, after: layer.width, in: 1...31)
        && layer.shifts.0 <= 62 && layer.shifts.1 <= 31 && (1...31).contains(layer.shifts.2)
    case SPARROW_LAYER_ACTIVATION:
      return layer.function == SPARROW_ACTIVATION_RELU.rawValue
        || (hasWork(layer) && isTable(layer.vectors.0)
          && holds(layer.vectors.1, layer.width, in: 0...31)
          && layer.shifts.0 <= 14 && layer.shifts.1 <= 31)
    case SPARROW_LAYER_GATE:
      return hasWork(layer) && isValid(layer.matrices.0, from: layer.input, rows: layer.width)
        && isTable(layer.vectors.0) && holds(layer.vectors.1, layer.width, in: 0...31)
        && layer.shifts.0 <= 31 && layer.shifts.1 <= 31
    case SPARROW_LAYER_ADD:
      return isRectifierOrNothing(layer) && holdsActivations(layer.input, layer.width)
        && layer.shifts.0 <= 14 && layer.shifts.1 <= 14 && layer.shifts.2 <= 31
    case SPARROW_LAYER_AFFINE:
      return holdsActivations(layer.input, layer.width)
    default:
      return false
    }
  }

  private func isRectifierOrNothing(_ layer: sparrow_layer) -> Bool {
    layer.function <= SPARROW_ACTIVATION_RELU.rawValue
  }

  private func isValid(_ matrix: sparrow_matrix, from: UInt32, rows: UInt32) -> Bool {
    holdsActivations(from, matrix.columns) && isValid(matrix, rows: rows, columns: matrix.columns)
  }

  /// Whether `count` activations from the word `start` on lie in scratch memory.
  func holdsActivations(_ start: UInt32, _ count: UInt32) -> Bool {
    2 * UInt64(start) + UInt64(count) <= 2 * UInt64(header.scratch_count)
  }

  private func hasWork(_ layer: sparrow_layer) -> Bool {
    UInt64(layer.work) + IntegerWork(layer).count <= UInt64(header.scratch_count)
  }

  /// What so many bits hold.
  private static func numbers(bits: Int) -> ClosedRange<Int32> {
    let most = (Int32(1) << Int32(bits - 1)) - 1
    return -most...most
  }

  /// Whether a vector in a range lies in the image, after `skipped` other values.
  private func holds(
    _ offset: UInt32, _ count: UInt32, after skipped: UInt32 = 0, in range: ClosedRange<Int32>
  ) -> Bool {
    guard holds(offset, 4 * (Int64(skipped) + Int64(count))) else { return false }
    let values = (image + Int(offset)).assumingMemoryBound(to: Int32.self) + Int(skipped)
    for i in 0..<Int(count) {
      guard range.contains(values[i]) else { return false }
    }
    return true
  }

  /// Whether a table has values from 0 to 1 only, between its entries too.
  private func isTable(_ offset: UInt32) -> Bool {
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
