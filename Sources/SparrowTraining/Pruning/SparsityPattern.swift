/// The choice of non-zero weights of a matrix: the largest ones that a pattern allows.
enum SparsityPattern {
  static let tileRows = 64
  static let tileColumns = 32
  static let blockRows = 16
  static let blockColumns = 4

  /// - Parameters:
  ///   - magnitudes: The absolute values of weights, rows × columns.
  ///   - kept: The number of non-zero weights; patterns come as close as possible.
  /// - Returns: Whether each weight is kept.
  static func mask(
    _ pattern: PruningOptions.Pattern, _ magnitudes: [Float], rows: Int, columns: Int, kept: Int
  ) -> [Bool] {
    switch pattern {
    case .unstructured:
      let threshold = Selection.threshold(magnitudes, keeping: kept)
      return magnitudes.map { $0 >= threshold }
    case .balanced: return balanced(magnitudes, rows: rows, columns: columns, kept: kept)
    case .block: return blocks(magnitudes, rows: rows, columns: columns, kept: kept)
    }
  }

  /// All rows of a tile keep the same number of weights, which differs between tiles: greedily, one
  /// more is kept in the tile whose rows have the largest next weights on average.
  private static func balanced(
    _ magnitudes: [Float], rows: Int, columns: Int, kept: Int
  ) -> [Bool] {
    let across = (columns + tileColumns - 1) / tileColumns
    let down = (rows + tileRows - 1) / tileRows
    // By tile and rank: the mean over rows of the weight of that rank, which falls with the rank.
    var means = [Float](repeating: -1, count: down * across * tileColumns)
    var sorted = magnitudes
    forEachTileRow(rows: rows, columns: columns) { tile, range in
      sorted.withUnsafeMutableBufferPointer {
        sortDescending(UnsafeMutableBufferPointer(rebasing: $0[range]))
      }
      let height = Float(min(tileRows, rows - tile / across * tileRows))
      for (rank, index) in range.enumerated() {
        let place = tile * tileColumns + rank
        means[place] = max(means[place], 0) + sorted[index] / height
      }
    }
    let density = Double(kept) / Double(max(rows * columns, 1))
    let ranks = means.filter { $0 >= 0 }
    let threshold = Selection.threshold(
      ranks, keeping: Int((density * Double(ranks.count)).rounded()))
    var mask = [Bool](repeating: false, count: rows * columns)
    forEachTileRow(rows: rows, columns: columns) { tile, range in
      let first = tile * tileColumns
      let count = means[first..<first + range.count].reduce(0) { $0 + ($1 >= threshold ? 1 : 0) }
      guard count > 0 else { return }
      let smallest = sorted[range.lowerBound + count - 1]
      // Of equal weights the first are kept, so that the count is exact.
      var equal = count
      for index in range where magnitudes[index] > smallest { equal -= 1 }
      for index in range {
        if magnitudes[index] > smallest {
          mask[index] = true
        } else if magnitudes[index] == smallest, equal > 0 {
          mask[index] = true
          equal -= 1
        }
      }
    }
    return mask
  }

  /// Calls `body` with the index of each tile and the indices of each of its rows.
  private static func forEachTileRow(
    rows: Int, columns: Int, _ body: (_ tile: Int, _ range: Range<Int>) -> Void
  ) {
    let across = (columns + tileColumns - 1) / tileColumns
    for row in 0..<rows {
      for start in stride(from: 0, to: columns, by: tileColumns) {
        let end = min(start + tileColumns, columns)
        body(
          row / tileRows * across + start / tileColumns, row * columns + start..<row * columns + end
        )
      }
    }
  }

  /// Insertion sort: there are few values, and their order hardly changes from step to step.
  private static func sortDescending(_ values: UnsafeMutableBufferPointer<Float>) {
    for i in values.indices.dropFirst() {
      let value = values[i]
      var j = i
      while j > 0, values[j - 1] < value {
        values[j] = values[j - 1]
        j -= 1
      }
      values[j] = value
    }
  }

  /// Keeps the blocks with the largest sums of squares; blocks at the edges may be smaller.
  private static func blocks(
    _ magnitudes: [Float], rows: Int, columns: Int, kept: Int
  ) -> [Bool] {
    let across = (columns + blockColumns - 1) / blockColumns
    let down = (rows + blockRows - 1) / blockRows
    var energies = [Float](repeating: 0, count: across * down)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = magnitudes[row * columns + column]
        energies[row / blockRows * across + column / blockColumns] += value * value
      }
    }
    let share = Double(kept) / Double(max(rows * columns, 1))
    let threshold = Selection.threshold(
      energies, keeping: Int((share * Double(energies.count)).rounded()))
    return (0..<rows * columns).map { index in
      energies[index / columns / blockRows * across + index % columns / blockColumns] >= threshold
    }
  }
}

/// Selection by rank.
enum Selection {
  /// The `keeping`-largest of non-negative values, so that all values at least as large are kept,
  /// equal ones included; infinity if none is. It takes three passes: a histogram of the leading
  /// bits, then two of the next bits within the bin that contains it.
  static func threshold(_ values: [Float], keeping: Int) -> Float {
    guard keeping > 0 else { return .infinity }
    guard keeping < values.count else { return 0 }
    var prefix: UInt32 = 0
    var left = keeping
    // Non-negative floats are ordered like their bits.
    for (shift, bits) in [(UInt32(20), UInt32(11)), (10, 10), (0, 10)] {
      var histogram = [Int](repeating: 0, count: 1 << bits)
      let known = shift + bits
      for value in values {
        let pattern = value.bitPattern
        if known >= 31 || pattern >> known == prefix >> known {
          histogram[Int(pattern >> shift & ((1 << bits) - 1))] += 1
        }
      }
      var digit = histogram.count - 1
      while histogram[digit] < left {
        left -= histogram[digit]
        digit -= 1
      }
      prefix |= UInt32(digit) << shift
    }
    return Float(bitPattern: prefix)
  }
}
