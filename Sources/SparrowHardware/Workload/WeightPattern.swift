import Sparrow

/// The places of non-zero weights in a matrix.
public enum WeightPattern: Sendable, Hashable {
  /// No weight is zero.
  case dense
  /// Each weight is non-zero with a probability, independently, by a seed.
  case random(density: Double, seed: UInt64)
  /// A given mask.
  case known(WeightMask)

  /// The mask of a matrix; nil if it is dense.
  func mask(rows: Int, columns: Int) -> WeightMask? {
    switch self {
    case .dense: return nil
    case .known(let mask): return mask
    case .random(let density, let seed):
      var numbers = SplitMix64(seed: seed)
      var mask = WeightMask(rows: rows, columns: columns)
      for index in 0..<rows * columns where numbers.unit() < density {
        mask.isNonZero[index] = true
      }
      return mask
    }
  }
}

/// The mask of non-zero weights of a matrix.
public struct WeightMask: Sendable, Hashable {
  /// Rows of the matrix.
  public let rows: Int
  /// Columns of the matrix.
  public let columns: Int
  /// Whether each weight is non-zero, row-major.
  public var isNonZero: [Bool]

  /// A mask of zeros.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    isNonZero = Array(repeating: false, count: rows * columns)
  }

  /// The mask of the non-zeros among values, row-major.
  ///
  /// - Precondition: There are `rows` × `columns` values.
  public init(rows: Int, columns: Int, values: some Collection<Float>) {
    precondition(values.count == rows * columns)
    self.rows = rows
    self.columns = columns
    isNonZero = values.map { $0 != 0 }
  }

  /// The number of non-zero weights.
  public var nonZeroCount: Int { isNonZero.reduce(0) { $0 + ($1 ? 1 : 0) } }

  subscript(row: Int, column: Int) -> Bool { isNonZero[row * columns + column] }
}
