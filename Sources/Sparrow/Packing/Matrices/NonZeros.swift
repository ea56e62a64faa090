/// Where a matrix is not zero, row after row: what formats and their sizes are worked out from,
/// without looking at the zeros again.
struct NonZeros {
  /// Stored rows: a multiple of 16.
  let rows: Int
  let columns: Int
  /// Where each row begins in ``places``, and the end of the last one.
  let starts: [Int]
  /// The column of each.
  let places: [Int32]

  var count: Int { places.count }

  init<Weight: MatrixWeight>(_ matrix: MatrixToPack<Weight>) {
    rows = matrix.storedRows
    columns = matrix.columns
    var starts: [Int] = [0]
    starts.reserveCapacity(rows + 1)
    let columns = columns
    let size = matrix.rows * columns
    // Never a capacity of 0: the array without elements is the same memory for all threads, and its
    // count would be written.
    let places = [Int32](unsafeUninitializedCapacity: max(1, size)) { places, count in
      matrix.weights.withUnsafeBufferPointer { weights in
        for row in 0..<matrix.rows {
          for column in 0..<columns {
            // Written in any case and kept only where it counts: there is no branch to mispredict.
            places[count] = Int32(truncatingIfNeeded: column)
            count += weights[row * columns + column] != 0 ? 1 : 0
          }
          starts.append(count)
        }
      }
    }
    while starts.count <= rows { starts.append(places.count) }
    self.starts = starts
    self.places = places
  }

  /// Of a network's matrix as a step multiplies by it.
  ///
  /// - Parameter parts: the values of its parameters: one, or the real and the imaginary part.
  init(_ layout: MatrixLayout, _ parts: [[Float]]) {
    rows = layout.rows
    columns = layout.columns
    var starts = [0]
    var places: [Int32] = []
    func append(_ values: [Float], row: Int, firstColumn: Int) {
      let first = row * layout.partColumns
      for column in 0..<layout.partColumns where values[first + column] != 0 {
        places.append(Int32(firstColumn + column))
      }
    }
    for block in layout.firstRows.indices {
      for row in 0..<padded(layout.partRows) {
        if row < layout.partRows {
          for (part, firstColumn) in layout.firstColumns.enumerated() {
            append(parts[block + part], row: row, firstColumn: firstColumn)
          }
        }
        starts.append(places.count)
      }
    }
    self.starts = starts
    self.places = places
  }

  /// Of rows' columns.
  init(columns: Int, _ rows: [[Int32]]) {
    self.rows = rows.count
    self.columns = columns
    starts = rows.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    places = rows.flatMap { $0 }
  }

  subscript(row: Int) -> ArraySlice<Int32> { places[starts[row]..<starts[row + 1]] }

  /// How many there are in each column.
  var columnCounts: [UInt32] {
    var counts = [UInt32](repeating: 0, count: columns)
    for column in places { counts[Int(column)] += 1 }
    return counts
  }

  /// Weights that a lookup stores at least, whatever the order of rows and columns: with rows
  /// sorted by length, none of which has to wait for another but its panel's longest.
  var leastLookupWeights: Int {
    let lengths = (0..<rows).map { self[$0].count }.sorted()
    return stride(from: 0, to: rows, by: LookupLayout.panelRows).reduce(0) {
      let panel = lengths[$1..<min($1 + LookupLayout.panelRows, rows)]
      return $0 + panel.count * panel.last!
    }
  }
}

/// How the parts of a network's matrix lie in the one that a step multiplies by: those of a complex
/// matrix one below the other, or side by side, at multiples of 16.
struct MatrixLayout {
  /// Rows and columns of a part.
  let partRows: Int
  let partColumns: Int
  /// Where parts begin.
  let firstRows: [Int]
  let firstColumns: [Int]

  /// Stored rows: a multiple of 16.
  var rows: Int { firstRows.count * padded(partRows) }
  var columns: Int {
    firstColumns.last! + (firstColumns.count > 1 ? padded(partColumns) : partColumns)
  }

  init(_ matrix: MatrixDescription) {
    partRows = matrix.parameters[0].shape[0]
    partColumns = matrix.parameters[0].shape[1]
    firstRows = matrix.isComplex && !matrix.isSideBySide ? [0, padded(partRows)] : [0]
    firstColumns = matrix.isSideBySide ? [0, padded(partColumns)] : [0]
  }
}
