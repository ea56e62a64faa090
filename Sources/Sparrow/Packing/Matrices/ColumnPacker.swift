import CSparrow

extension MatrixToPack {
  /// The non-zeros of each column; see common/columns.h.
  func packColumns(_ nonZeros: NonZeros) -> PackedWeights<Weight> {
    var starts = [0]
    for count in nonZeros.columnCounts { starts.append(starts.last! + Int(count)) }
    let isFloat = Weight.sideBySide == 1
    precondition(!isFloat || storedRows <= 1 << 16, "a row of compressed columns has 16 bits")
    let panels = (rows + LookupLayout.panelRows - 1) / LookupLayout.panelRows
    var packed = PackedWeights<Weight>(
      weights: Array(
        repeating: 0, count: nonZeros.count + (isFloat ? 0 : Int(sparrow_columns_overhang))))
    packed.steps = nonZeros.count
    packed.ends = starts.dropFirst().map { UInt32($0) }
    var places = [UInt16](repeating: 0, count: isFloat ? nonZeros.count : 0)
    var masks = [UInt64](repeating: 0, count: isFloat ? 0 : panels * columns)
    // Row after row, so that those of a column come in order.
    for row in 0..<rows {
      for column in nonZeros[row] {
        let column = Int(column)
        let weight = weights[row * columns + column]
        let place = starts[column]
        starts[column] += 1
        if isFloat {
          packed.weights[place] = weight
          places[place] = UInt16(row)
        } else {
          packed.weights[place] = weight.offset
          masks[column * panels + row / LookupLayout.panelRows] |=
            1 << UInt64(row % LookupLayout.panelRows)
        }
      }
    }
    packed.starts = places
    packed.indices = masks.withUnsafeBytes { Array($0) }
    return packed
  }

  /// Bytes that ``packColumns(_:)`` takes; nil where rows have no place in 16 bits.
  func columnsByteCount(_ nonZeros: NonZeros) -> Int? {
    if Weight.sideBySide == 1 {
      return storedRows <= 1 << 16 ? 6 * nonZeros.count + 4 * columns : nil
    }
    let panels = (rows + LookupLayout.panelRows - 1) / LookupLayout.panelRows
    return nonZeros.count + Int(sparrow_columns_overhang) + (8 * panels + 4) * columns
  }
}

extension MatrixWeight {
  /// A byte as products take it that skip columns: with an offset of 128.
  fileprivate var offset: Self {
    guard let byte = self as? Int8 else { return self }
    return (byte ^ .min) as! Self
  }
}
