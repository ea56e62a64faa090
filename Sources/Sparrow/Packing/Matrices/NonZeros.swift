/// Where a matrix is not zero, row after row: what formats and their sizes are worked out from, without
/// looking at the zeros again.
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
    let places = [Int32](unsafeUninitializedCapacity: size) { places, count in
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

  subscript(row: Int) -> ArraySlice<Int32> { places[starts[row]..<starts[row + 1]] }

  /// How many there are in each column.
  var columnCounts: [UInt32] {
    var counts = [UInt32](repeating: 0, count: columns)
    for column in places { counts[Int(column)] += 1 }
    return counts
  }
}
