/// The rows of an embedding as a plan stores them: in the fewest bytes that change no bit, or in
/// those of the plan's weights. Rows of files with 8-bit matrices are bytes with a scale.
enum StoredEmbedding {
  case single([Float])
  case bfloat16([UInt16])
  case bytes([Int8], scales: [Float])

  /// - Parameter embedding: words × width.
  init(_ embedding: Tensor, _ weights: WeightPrecision) {
    let exact = Self.bytes(of: embedding, exactly: true)
    switch weights {
    case .single:
      self = exact ?? Self.bfloat16(of: embedding, exactly: true) ?? .single(embedding.values)
    case .bfloat16: self = exact ?? Self.bfloat16(of: embedding, exactly: false)!
    case .int8: self = exact ?? Self.bytes(of: embedding, exactly: false)!
    }
  }

  /// Nil where that would change a value.
  private static func bytes(of embedding: Tensor, exactly: Bool) -> Self? {
    let width = embedding.shape[1]
    var integers: [Int8] = []
    var scales: [Float] = []
    integers.reserveCapacity(embedding.values.count)
    for row in 0..<embedding.shape[0] {
      let values = embedding.values[row * width..<(row + 1) * width]
      let rounded = ByteRow(values)
      // The quotient by 127 may be the neighbour of the scale that values were multiplied by.
      let scale = [rounded.scale, rounded.scale.nextUp, rounded.scale.nextDown].first { scale in
        zip(values, rounded.integers).allSatisfy { $0 == scale * Float($1) }
      }
      guard scale != nil || !exactly else { return nil }
      integers += rounded.integers
      scales.append(scale ?? rounded.scale)
    }
    return .bytes(integers, scales: scales)
  }

  private static func bfloat16(of embedding: Tensor, exactly: Bool) -> Self? {
    let rounded = MatrixToPack(embedding, bias: nil).roundedToBFloat16().weights
    guard rounded == embedding.values || !exactly else { return nil }
    return .bfloat16(rounded.map(BFloat16.bits))
  }
}
