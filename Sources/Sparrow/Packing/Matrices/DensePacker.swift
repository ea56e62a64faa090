extension MatrixToPack {
  private var storedColumns: Int {
    let side = Weight.sideBySide
    return (columns + side - 1) / side * side
  }

  /// Bytes of ``packAll()``.
  var denseByteCount: Int {
    storedRows * (isBFloat16 ? (columns + 1) / 2 : storedColumns) * MemoryLayout<Weight>.size
  }

  /// Bytes of ``packEvents()``.
  var eventsByteCount: Int {
    guard Weight.sideBySide > 1 else { return storedRows * columns * MemoryLayout<Weight>.size }
    return panels * LookupLayout.panelRows * columns
  }

  private var panels: Int { (rows + LookupLayout.panelRows - 1) / LookupLayout.panelRows }

  /// Every weight, in as many bytes as the matrix has for one.
  func packAll() -> PackedWeights<Weight> {
    guard isBFloat16, let floats = self as? MatrixToPack<Float> else { return packDense() }
    return PackedWeights(weights: floats.packBFloat16().weights as! [Weight])
  }

  /// Every weight, in panels; see common/dense.h.
  func packDense() -> PackedWeights<Weight> {
    let side = Weight.sideBySide
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

  /// Every weight in bfloat16, words of two columns taking the place of floats; see
  /// common/dense_bfloat16.h.
  func packBFloat16() -> PackedWeights<Weight> where Weight == Float {
    var words = self
    words.columns = (columns + 1) / 2
    words.weights = zeros(rows * words.columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let bits = weights[row * columns + column].bitPattern
        let place = row * words.columns + column / 2
        let word = words.weights[place].bitPattern | (column % 2 == 0 ? bits >> 16 : bits)
        // Never read as a number.
        words.weights[place] = Float(bitPattern: word)
      }
    }
    return words.packDense()
  }

  /// Every weight, column by column, for columns to be skipped. Bytes are offset by 128 and their
  /// panels have all their rows; floats are stored as in the dense format.
  func packEvents() -> PackedWeights<Weight> {
    guard let bytes = self as? MatrixToPack<Int8> else { return packDense() }
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
