import CSparrow

/// The rows of values that words go into a language model as, in the image of its plan.
struct Embedding {
  /// The word that a text begins after.
  let endOfLine: UInt32
  /// Values of a row.
  let width: Int
  private let rows: UnsafeRawPointer
  private let arithmetic: sparrow_arithmetic
  private let scales: UnsafePointer<Float>

  /// Nil where the plan is of no language model.
  init?(_ plan: Plan) {
    guard let frontEnd = plan.languageFrontEnd else { return nil }
    endOfLine = frontEnd.end_of_line
    width = plan.inputWidth
    rows = plan.image + Int(frontEnd.embedding_offset)
    arithmetic = sparrow_arithmetic(frontEnd.arithmetic)
    scales = (plan.image + Int(frontEnd.scales_offset)).assumingMemoryBound(to: Float.self)
  }

  /// Writes a word's row.
  func copyRow(_ word: Int, to values: UnsafeMutablePointer<Float>) {
    let first = word * width
    switch arithmetic {
    case SPARROW_BF16:
      let row = rows.assumingMemoryBound(to: UInt16.self) + first
      for i in 0..<width { values[i] = Float(bitPattern: UInt32(row[i]) << 16) }
    case SPARROW_W8:
      let row = rows.assumingMemoryBound(to: Int8.self) + first
      let scale = scales[word]
      for i in 0..<width { values[i] = scale * Float(row[i]) }
    default:
      let row = rows.assumingMemoryBound(to: Float.self) + first
      UnsafeMutableRawPointer(values).copyMemory(from: row, byteCount: 4 * width)
    }
  }
}
