/// Which units of a recurrent cell see which at the next step. One definition serves every cell:
/// each gate has the same structure (van Keirsbilck et al. 2019).
///
/// The units are cut into blocks of the same size, and a unit sees those of one block. Weights are
/// stored without the zeros between blocks: a gate's are [units, units / blocks], row i being unit
/// i's weights for the units of its block, in order. Which single weights within are zero is up to
/// pruning.
public enum RecurrentStructure: Sendable, Hashable {
  /// Every unit sees every unit.
  case full
  /// Every unit sees itself alone.
  case diagonal
  /// A unit sees its own block. Shuffled, it sees the same number from all blocks: row i's weight j
  /// of block b is for unit (k mod blocks) · size + ⌊k / blocks⌋, k = b · size + j, as channels are
  /// shuffled in ShuffleNet (Zhang et al. 2018).
  case blockDiagonal(blocks: Int, shuffled: Bool = false)

  /// Blocks that so many units are cut into.
  public func blocks(units: Int) -> Int {
    switch self {
    case .full: 1
    case .diagonal: units
    case .blockDiagonal(let blocks, _): blocks
    }
  }

  /// Units that one sees: weights of a row.
  public func blockSize(units: Int) -> Int { units / blocks(units: units) }

  /// At place k the unit that stands there when blocks are looked at: k itself, or shuffled.
  public func order(units: Int) -> [Int] {
    guard case .blockDiagonal(let blocks, true) = self else { return Array(0..<units) }
    let size = units / blocks
    return (0..<units).map { $0 % blocks * size + $0 / blocks }
  }

  func validate(units: Int, path: String) throws(NetworkError) {
    guard case .blockDiagonal(let blocks, _) = self else { return }
    guard blocks >= 1, units % blocks == 0 else {
      throw .invalid("\(path): \(units) units cannot be cut into \(blocks) blocks of one size")
    }
  }
}
