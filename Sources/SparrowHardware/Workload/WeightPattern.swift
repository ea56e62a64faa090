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
      var numbers = SeededNumbers(seed: seed)
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

/// Numbers that a seed decides, the same on every machine (SplitMix64).
struct SeededNumbers: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// From 0 on, below 1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
