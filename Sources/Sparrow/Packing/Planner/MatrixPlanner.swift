import CSparrow
import SparrowCore

/// The candidate formats of a matrix with predicted times.
public struct MatrixChoice: Sendable {
  /// A format with its predicted time.
  public struct Candidate: Sendable {
    /// The format.
    public let format: MatrixFormat
    /// Bytes of weights and indices.
    public let byteCount: Int
    /// The predicted time of a product, in nanoseconds.
    public let nanoseconds: Double
  }

  /// The matrix's name in the network; see ``Network/matrixDescriptions``.
  public let name: String
  /// Rows of the matrix.
  public let rows: Int
  /// Columns of the matrix.
  public let columns: Int
  /// Non-zero weights.
  public let nonZeroCount: Int
  /// The assumed density of the input, from 0 to 1.
  public let activity: Double
  /// The candidates, fastest first.
  public let candidates: [Candidate]

  let pack: @Sendable (MatrixFormat) -> PackedMatrix

  /// The fastest candidate.
  public var chosen: Candidate { candidates[0] }

  /// The matrix as the network's plan multiplies by it, in a format.
  public func packed(as format: MatrixFormat) -> PackedMatrix { pack(format) }
}

/// Chooses the format of each matrix: the one that a model of the processor expects to be fastest,
/// given the matrix's size, where its zeros are, how many of its inputs are zero and how much else
/// passes through the caches.
struct MatrixPlanner {
  private let instructionSet: InstructionSet
  let model: CostModel
  /// Bytes that pass through the caches in a step.
  let footprint: Int

  /// - Parameters:
  ///   - footprint: bytes that pass through the caches from one product to the next, as far as they
  ///     are known; a matrix counts at least with its own.
  ///   - processor: nil for one like those that costs were measured on.
  init(_ instructionSet: InstructionSet, _ processor: Processor? = nil, footprint: Int = 0) {
    self.instructionSet = instructionSet
    model = CostModel(instructionSet, processor)
    self.footprint = footprint
  }

  /// The candidates, fastest first.
  func candidates<Weight>(
    for matrix: MatrixToPack<Weight>, _ nonZeros: NonZeros, activity: Double
  ) -> [MatrixChoice.Candidate] {
    let candidates = MatrixFormat.allCases.compactMap { format -> MatrixChoice.Candidate? in
      guard let byteCount = byteCount(of: matrix, nonZeros, as: format) else { return nil }
      return MatrixChoice.Candidate(
        format: format, byteCount: byteCount,
        nanoseconds: model.nanoseconds(
          format, matrix.arithmetic, rows: matrix.rows, columns: matrix.columns,
          bytes: byteCount, footprint: max(byteCount, footprint), activity: activity))
    }
    // Equal ones in the order of the formats, so that every machine chooses alike.
    return candidates.enumerated().sorted {
      ($0.element.nanoseconds, $0.offset) < ($1.element.nanoseconds, $1.offset)
    }.map(\.element)
  }

  /// Whether a lookup that stores so many weights, padding included, would be expected to be faster
  /// than what stores every weight.
  func canLookUp(
    _ matrix: MatrixDescription, weights: Int, activity: Double, _ arithmetic: sparrow_arithmetic
  ) -> Bool {
    func nanoseconds(_ format: MatrixFormat, _ bytes: Int) -> Double {
      model.nanoseconds(
        format, arithmetic, rows: matrix.rows, columns: matrix.columns, bytes: bytes,
        footprint: max(bytes, footprint), activity: activity)
    }
    let size = arithmetic == SPARROW_F32 ? MemoryLayout<Float>.size : 1
    let lookups = MatrixFormat.lookups.map { nanoseconds($0, weights * (size + 1)) }
    let others = [MatrixFormat.dense, .events].map {
      nanoseconds($0, padded(matrix.rows) * matrix.columns * size)
    }
    return lookups.min()! < others.min()!
  }

  /// Bytes that a matrix takes in a format; nil where the format has nothing to offer for it.
  private func byteCount<Weight>(
    of matrix: MatrixToPack<Weight>, _ nonZeros: NonZeros, as format: MatrixFormat
  ) -> Int? {
    let isIndexable = matrix.columns <= 1 << 16
    // Where hardly anything is zero, nothing is left out that would pay for saying what is.
    let isSparse = nonZeros.count * 4 < matrix.weights.count * 3
    let canSkip = isIndexable && isSparse
    switch format {
    case .dense:
      return matrix.denseByteCount
    case .events:
      return matrix.eventsByteCount
    case .lookup, .wideLookup, .widestLookup:
      let windows = instructionSet.lookupWindows(matrix.arithmetic)
      let hasWindow =
        switch format {
        case .wideLookup: windows.wide != windows.narrow
        case .widestLookup: windows.widest != windows.wide
        default: true
        }
      return canSkip && hasWindow
        ? matrix.lookupByteCount(
          nonZeros, LookupShape(format, matrix.arithmetic, instructionSet)) : nil
    case .block:
      return canSkip ? matrix.blockByteCount(nonZeros) : nil
    case .columns:
      return isSparse ? matrix.columnsByteCount(nonZeros) : nil
    }
  }
}

extension MatrixToPack {
  fileprivate func blockByteCount(_ nonZeros: NonZeros) -> Int {
    let counts = BlockShape.counts(nonZeros)
    return counts.reduce(0, +)
      * (BlockShape.rows * BlockShape.columns * MemoryLayout<Weight>.size + 2) + 4 * counts.count
  }
}
