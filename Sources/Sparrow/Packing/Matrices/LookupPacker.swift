extension MatrixToPack {
  /// The non-zeros of each row, step by step; see common/lookup.h.
  ///
  /// - Parameter window: columns that a step can reach.
  func packLookup(window: Int) -> PackedWeights<Weight> {
    let side = Weight.sideBySide
    let layout = LookupLayout(self, window: window)
    var packed = PackedWeights(
      weights: [Weight](repeating: 0, count: layout.slots.count * side),
      indices: Array(repeating: 0, count: layout.slots.count * side),
      starts: layout.starts.map(UInt16.init), ends: layout.ends.map(UInt32.init),
      steps: layout.starts.count, window: window)
    for (index, slot) in layout.slots.enumerated() {
      for (place, column) in layout.columns[slot.weights].enumerated() {
        packed.weights[index * side + place] = weights[slot.row * columns + column]
        packed.indices[index * side + place] = UInt8(column - slot.start)
      }
    }
    return packed
  }
}

/// Which non-zeros of a matrix each step of a lookup takes.
///
/// A step's window starts at the leftmost weight that any row of the panel still has to give, rounded
/// down to a quarter of the window, so that a processor's loads are aligned. The step takes from each
/// row as many of its next weights as lie in the window and fit side by side.
struct LookupLayout {
  /// What one step takes of one row.
  struct Slot {
    let row: Int
    /// The first column of the step's window.
    let start: Int
    /// Indices of ``LookupLayout/columns``.
    let weights: Range<Int>
  }

  /// Step by step, in each the panel's rows.
  private(set) var slots: [Slot] = []
  /// The first column of each step's window.
  private(set) var starts: [Int] = []
  /// Steps up to the end of each panel.
  private(set) var ends: [Int] = []
  /// Columns of the non-zeros, row after row.
  private(set) var columns: [Int] = []

  /// - Precondition: starts fit 16 bits.
  init<Weight: MatrixWeight>(_ matrix: MatrixToPack<Weight>, window: Int) {
    precondition(matrix.columns <= 1 << 16)
    var rows: [Range<Int>] = []
    for row in 0..<matrix.storedRows {
      let first = columns.count
      if row < matrix.rows {
        let start = row * matrix.columns
        for column in 0..<matrix.columns where matrix.weights[start + column] != 0 {
          columns.append(column)
        }
      }
      rows.append(first..<columns.count)
    }
    let lastStart = max(0, padded(matrix.columns) - window)
    for panel in stride(from: 0, to: rows.count, by: MatrixToPack<Weight>.panelRows) {
      let panelRows = panel..<min(panel + MatrixToPack<Weight>.panelRows, rows.count)
      while let next = panelRows.compactMap({ rows[$0].isEmpty ? nil : columns[rows[$0].lowerBound] })
        .min()
      {
        let start = min(next / (window / 4) * (window / 4), lastStart)
        starts.append(start)
        for row in panelRows {
          let taken = rows[row].prefix(Weight.sideBySide).prefix { columns[$0] < start + window }
          slots.append(Slot(row: row, start: start, weights: taken))
          rows[row] = taken.upperBound..<rows[row].upperBound
        }
      }
      ends.append(starts.count)
    }
  }
}
