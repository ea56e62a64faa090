/// Blocks of weights that are stored or left out as a whole.
enum BlockShape {
  static let rows = 16
  static let columns = 4

  /// Blocks that are stored of each slice: those that are not all zero, made an even number.
  static func counts(_ nonZeros: NonZeros) -> [Int] {
    // By column of blocks, the last slice that had a weight there.
    var seen = [Int](repeating: -1, count: (nonZeros.columns + columns - 1) / columns)
    return stride(from: 0, to: nonZeros.rows, by: rows).map { slice in
      var count = 0
      for index in nonZeros.starts[slice]..<nonZeros.starts[slice + rows] {
        let block = Int(nonZeros.places[index]) / columns
        if seen[block] < slice {
          seen[block] = slice
          count += 1
        }
      }
      return (count + 1) / 2 * 2
    }
  }
}

extension MatrixToPack {
  /// The blocks that are not all zero, slice by slice, an even number of them in each; see
  /// common/block.h.
  func packBlocks() -> PackedWeights<Weight> {
    precondition(columns <= 1 << 16, "a block's column has 16 bits")
    let size = BlockShape.rows * BlockShape.columns
    var packed = PackedWeights<Weight>(weights: [])
    for slice in stride(from: 0, to: rows, by: BlockShape.rows) {
      let sliceRows = slice..<min(slice + BlockShape.rows, rows)
      for start in stride(from: 0, to: columns, by: BlockShape.columns) {
        let blockColumns = start..<min(start + BlockShape.columns, columns)
        let isStored = sliceRows.contains { row in
          blockColumns.contains { weights[row * columns + $0] != 0 }
        }
        guard isStored else { continue }
        var block = [Weight](repeating: 0, count: size)
        for row in sliceRows {
          for column in blockColumns {
            let place =
              Weight.sideBySide == 1
              ? (column - start) * BlockShape.rows + row - slice
              : (row - slice) * BlockShape.columns + column - start
            block[place] = weights[row * columns + column]
          }
        }
        packed.starts.append(UInt16(start))
        packed.weights += block
      }
      if packed.starts.count % 2 != 0 {
        packed.starts.append(0)
        packed.weights += [Weight](repeating: 0, count: size)
      }
      packed.ends.append(UInt32(packed.starts.count))
    }
    packed.steps = packed.starts.count
    return packed
  }
}
