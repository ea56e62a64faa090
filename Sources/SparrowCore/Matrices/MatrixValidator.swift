import CSparrow

/// How far an image goes.
struct ImageExtent {
  let byteCount: Int64

  /// Whether `count` bytes from an aligned `offset` lie in the image.
  func holds(_ offset: UInt32, _ count: Int64) -> Bool {
    offset % UInt32(sparrow_plan_alignment) == 0 && count >= 0
      && Int64(offset) + count <= byteCount
  }
}

/// Checks what a product with a packed matrix will later trust; see the kernels' `common/` for what
/// each format stores.
struct MatrixValidator {
  let matrix: sparrow_matrix
  let image: UnsafeRawPointer
  let extent: ImageExtent
  /// The instruction sets that the image was packed for, and that is to run it.
  let packed, instructionSet: InstructionSet

  /// Bytes of a weight.
  private var weightSize: Int64 {
    switch sparrow_arithmetic(matrix.arithmetic) {
    case SPARROW_F32: 4
    case SPARROW_BF16: 2
    default: 1
    }
  }
  /// Columns that lie side by side in a row.
  private var side: Int64 {
    switch sparrow_arithmetic(matrix.arithmetic) {
    case SPARROW_F32: 1
    case SPARROW_BF16: 2
    default: 4
    }
  }
  private var rows: Int64 { Int64(matrix.stored_rows) }
  private var columns: Int64 { Int64(matrix.columns) }
  private var steps: Int64 { Int64(matrix.steps) }

  var isValid: Bool {
    let arithmetic = sparrow_arithmetic(matrix.arithmetic)
    guard matrix.arithmetic <= SPARROW_W8.rawValue, rows % 16 == 0,
      packed.multipliesPairs(arithmetic) == instructionSet.multipliesPairs(arithmetic),
      matrix.arithmetic != SPARROW_BF16.rawValue || matrix.format == SPARROW_MATRIX_DENSE.rawValue,
      matrix.arithmetic != SPARROW_W8.rawValue
        || extent.holds(matrix.scales_offset, 8 * rows) && matrix.limit <= UInt32(Int16.max),
      matrix.bias_offset == 0 || extent.holds(matrix.bias_offset, 4 * rows),
      extent.holds(matrix.column_counts_offset, 4 * columns)
    else { return false }
    switch sparrow_matrix_format(rawValue: matrix.format) {
    case SPARROW_MATRIX_DENSE:
      return holds(weights: rows, (columns + side - 1) / side * side)
    case SPARROW_MATRIX_EVENTS:
      return holds(weights: side == 1 ? rows : (rows + 63) / 64 * 64, columns)
    case SPARROW_MATRIX_LOOKUP:
      return isLookup
    case SPARROW_MATRIX_BLOCK:
      return steps % 2 == 0 && startsAreInside(by: 4)
        && endsRise(to: steps, count: rows / 16, by: 2)
        && holds(weights: steps, 64, others: 2 * steps + 4 * (rows / 16))
    case SPARROW_MATRIX_COLUMNS:
      return endsRise(to: steps, count: columns, by: 1) && (side == 1 ? areRows : areMasks)
    default:
      return false
    }
  }

  private var isLookup: Bool {
    let shape = instructionSet.lookupPanel(sparrow_arithmetic(matrix.arithmetic))
    let (panelRows, side) = (Int64(shape.rows), Int64(shape.side))
    let restRows = Int64(matrix.rest_rows)
    let firstRest = (rows + panelRows - 1) / panelRows
    let panels = firstRest + (restRows + panelRows - 1) / panelRows
    guard startsAreInside(by: 1), endsRise(to: steps, count: panels, by: 1), targetsAreInside
    else { return false }
    let ends = elements(matrix.ends_offset, as: UInt32.self)
    var slots: Int64 = 0
    var first: Int64 = 0
    for panel in 0..<panels {
      let end = Int64(ends[Int(panel)])
      let left =
        panel < firstRest ? rows - panelRows * panel : restRows - panelRows * (panel - firstRest)
      slots += (end - first) * min(panelRows, left)
      first = end
    }
    return UInt32(matrix.window) <= UInt32(sparrow_lookup_overhang)
      && Int(matrix.window)
        <= instructionSet.lookupWindows(sparrow_arithmetic(matrix.arithmetic)).widest
      && extent.holds(matrix.indices_offset, slots * side)
      && holds(weights: slots, side, others: slots * side + 2 * steps + 4 * panels + 2 * restRows)
  }

  /// Whether rows of what the longest ones don't hold belong to rows that there are.
  private var targetsAreInside: Bool {
    let count = Int64(matrix.rest_rows)
    guard count % 16 == 0, extent.holds(matrix.starts_offset, 2 * (steps + count)) else {
      return false
    }
    let targets = elements(matrix.starts_offset, as: UInt16.self) + Int(steps)
    for i in 0..<Int(count) {
      guard Int64(targets[i]) < rows else { return false }
    }
    return true
  }

  /// Whether each weight of compressed columns belongs to a row that there is.
  private var areRows: Bool {
    guard extent.holds(matrix.starts_offset, 2 * steps) else { return false }
    let places = elements(matrix.starts_offset, as: UInt16.self)
    for i in 0..<Int(steps) {
      guard Int64(places[i]) < rows else { return false }
    }
    return holds(weights: steps, 1, others: 2 * steps + 4 * columns)
  }

  /// Whether masks of columns have as many weights as the columns.
  private var areMasks: Bool {
    let panels = (rows + 63) / 64
    let (count, overflow) = columns.multipliedReportingOverflow(by: panels)
    guard !overflow, count <= Int64.max / 8, extent.holds(matrix.indices_offset, 8 * count) else {
      return false
    }
    let masks = elements(matrix.indices_offset, as: UInt64.self)
    let ends = elements(matrix.ends_offset, as: UInt32.self)
    var sum: Int64 = 0
    for column in 0..<Int(columns) {
      for panel in 0..<Int(panels) {
        sum += Int64(masks[column * Int(panels) + panel].nonzeroBitCount)
      }
      guard sum == Int64(ends[column]) else { return false }
    }
    // A product reads whole vectors of weights.
    return holds(
      weights: steps + Int64(sparrow_columns_overhang), 1, others: 8 * count + 4 * columns)
  }

  /// Whether there are as many weights as the format needs.
  ///
  /// - Parameter others: bytes besides those of the weights.
  private func holds(weights count: Int64, _ width: Int64, others: Int64 = 0) -> Bool {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: width * weightSize)
    return !overflow && extent.holds(matrix.weights_offset, bytes)
      && bytes + others == Int64(matrix.weight_bytes)
  }

  /// Whether each step begins at a column that there is, a multiple of `multiple`.
  private func startsAreInside(by multiple: Int64) -> Bool {
    guard extent.holds(matrix.starts_offset, 2 * steps) else { return false }
    let starts = elements(matrix.starts_offset, as: UInt16.self)
    for i in 0..<Int(steps) {
      let start = Int64(starts[i])
      guard start < columns, start % multiple == 0 else { return false }
    }
    return true
  }

  /// Whether `count` ends never fall, are multiples of `multiple`, and the last one is `last`.
  private func endsRise(to last: Int64, count: Int64, by multiple: Int64) -> Bool {
    guard extent.holds(matrix.ends_offset, 4 * count) else { return false }
    let ends = elements(matrix.ends_offset, as: UInt32.self)
    var previous: Int64 = 0
    for i in 0..<Int(count) {
      let end = Int64(ends[i])
      guard end >= previous, end % multiple == 0 else { return false }
      previous = end
    }
    return previous == last
  }

  private func elements<Element>(_ offset: UInt32, as type: Element.Type) -> UnsafePointer<Element>
  {
    (image + Int(offset)).assumingMemoryBound(to: type)
  }
}
