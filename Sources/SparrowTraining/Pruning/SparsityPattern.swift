/// Chooses which weights of a matrix stay, the largest ones that a pattern allows.
enum SparsityPattern {
  static let tileColumns = 32
  static let blockRows = 16
  static let blockColumns = 4

  /// - Parameters:
  ///   - magnitudes: rows × columns.
  ///   - kept: how many are to stay; patterns come as near as they can.
  /// - Returns: whether each stays.
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

  /// In each row of a tile the same number stays. What one tile gets too little, the next one makes up
  /// for.
  private static func balanced(
    _ magnitudes: [Float], rows: Int, columns: Int, kept: Int
  ) -> [Bool] {
    let density = Double(kept) / Double(max(rows * columns, 1))
    var mask = [Bool](repeating: false, count: rows * columns)
    var owed = 0.0
    for start in stride(from: 0, to: columns, by: tileColumns) {
      let width = min(tileColumns, columns - start)
      owed += density * Double(width)
      let count = min(max(0, Int(owed.rounded())), width)
      owed -= Double(count)
      guard count > 0 else { continue }
      for row in 0..<rows {
        let range = row * columns + start..<row * columns + start + width
        let threshold = Selection.smallThreshold(magnitudes[range], keeping: count)
        // Of equal ones the first stay: the count is what the pattern is about.
        var equal = count
        for index in range where magnitudes[index] > threshold { equal -= 1 }
        for index in range {
          if magnitudes[index] > threshold {
            mask[index] = true
          } else if magnitudes[index] == threshold, equal > 0 {
            mask[index] = true
            equal -= 1
          }
        }
      }
    }
    return mask
  }

  /// Blocks stay by the sum of their squares; blocks at the edges may be smaller.
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
  /// A value so that `keeping` of the values are at least as large; infinity where none is to stay.
  /// Non-negative values only. Equal ones stay or go together, staying. Takes three passes, whatever
  /// the order: a histogram of the leading bits, then of the next ones within the class that counts.
  static func threshold(_ values: [Float], keeping: Int) -> Float {
    guard keeping > 0 else { return .infinity }
    guard keeping < values.count else { return 0 }
    var prefix: UInt32 = 0
    var left = keeping
    // Non-negative floats order as their bits do.
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

  /// The same of a few values, where a histogram would be longer than they are: Hoare's selection.
  static func smallThreshold(_ values: ArraySlice<Float>, keeping: Int) -> Float {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: values.count) { scratch in
      _ = scratch.initialize(from: values)
      var low = 0
      var high = values.count - 1
      let target = keeping - 1
      while low < high {
        let pivot = scratch[(low + high) / 2]
        var i = low
        var j = high
        while i <= j {
          while scratch[i] > pivot { i += 1 }
          while scratch[j] < pivot { j -= 1 }
          if i <= j {
            scratch.swapAt(i, j)
            i += 1
            j -= 1
          }
        }
        if target <= j { high = j } else if target >= i { low = i } else { break }
      }
      return scratch[target]
    }
  }
}
