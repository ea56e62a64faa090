extension MatrixToPack {
  /// Every weight, in panels; see common/dense.h.
  func packDense() -> PackedWeights<Weight> {
    let side = Weight.sideBySide
    let storedColumns = (columns + side - 1) / side * side
    var stored = [Weight](repeating: 0, count: storedRows * storedColumns)
    for row in 0..<rows {
      let panel = row / LookupLayout.panelRows * LookupLayout.panelRows
      let height = min(LookupLayout.panelRows, storedRows - panel)
      let first = panel * storedColumns + (row - panel) * side
      for column in 0..<columns {
        stored[first + column / side * height * side + column % side] =
          weights[row * columns + column]
      }
    }
    return PackedWeights(weights: stored)
  }

  /// Every weight, column by column, for columns to be skipped. Bytes are offset by 128 and their
  /// panels have all their rows; floats are stored as in the dense format.
  func packEvents() -> PackedWeights<Weight> {
    guard let bytes = self as? MatrixToPack<Int8> else { return packDense() }
    let panels = (rows + LookupLayout.panelRows - 1) / LookupLayout.panelRows
    var stored = [Int8](repeating: .min, count: panels * LookupLayout.panelRows * columns)
    for row in 0..<rows {
      let panel = row / LookupLayout.panelRows * LookupLayout.panelRows
      for column in 0..<columns {
        stored[panel * columns + column * LookupLayout.panelRows + row - panel] =
          bytes.weights[row * columns + column] ^ .min
      }
    }
    return PackedWeights(weights: stored as! [Weight])
  }
}
