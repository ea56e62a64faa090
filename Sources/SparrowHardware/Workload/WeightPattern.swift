import Sparrow

/// Where the non-zero weights of a matrix are.
public enum WeightPattern: Sendable, Hashable {
  /// Everywhere.
  case dense
  /// Each on its own with this probability, drawn by the seed.
  case random(density: Double, seed: UInt64)
  case known(WeightMask)

  /// Weights that are not zero, of a matrix of so many rows and columns.
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

/// Which weights of a matrix are not zero.
public struct WeightMask: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// Row-major.
  public var isNonZero: [Bool]

  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    isNonZero = Array(repeating: false, count: rows * columns)
  }

  /// - Precondition: there are `rows` × `columns` values.
  public init(rows: Int, columns: Int, values: some Collection<Float>) {
    precondition(values.count == rows * columns)
    self.rows = rows
    self.columns = columns
    isNonZero = values.map { $0 != 0 }
  }

  public var nonZeroCount: Int { isNonZero.reduce(0) { $0 + ($1 ? 1 : 0) } }

  subscript(row: Int, column: Int) -> Bool { isNonZero[row * columns + column] }
}
