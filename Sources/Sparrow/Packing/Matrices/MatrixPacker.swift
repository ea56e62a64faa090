import CSparrow
import SparrowCore

/// How a matrix is stored, and so how it is multiplied.
public enum MatrixFormat: String, CaseIterable, Sendable {
  /// Every weight.
  case dense
  /// Every weight; the columns of activations that are zero are skipped.
  case events
  /// The non-zeros of each row, wherever they are; activations are looked up in registers, which
  /// hold a narrow window of them.
  case lookup
  /// The same with a wider window: a look takes longer, but rows wait less for each other. One with
  /// ``lookup`` where an instruction set has a single window.
  case wideLookup
  /// The same with the widest window. One with ``wideLookup`` where an instruction set has two.
  case widestLookup
  /// Blocks of 16 rows by 4 columns that are not all zero.
  case block
  /// The non-zeros of each column; the columns of activations that are zero are skipped.
  case columns

  /// Whether activations that are zero cost nothing.
  var skipsColumns: Bool { self == .events || self == .columns }

  /// The lookups, the narrowest window first.
  static let lookups = [lookup, wideLookup, widestLookup]

  var cValue: sparrow_matrix_format {
    switch self {
    case .dense: SPARROW_MATRIX_DENSE
    case .events: SPARROW_MATRIX_EVENTS
    case .lookup, .wideLookup, .widestLookup: SPARROW_MATRIX_LOOKUP
    case .block: SPARROW_MATRIX_BLOCK
    case .columns: SPARROW_MATRIX_COLUMNS
    }
  }
}

/// The bytes of a format in an image.
struct PackedWeights<Weight: MatrixWeight> {
  var weights: [Weight]
  var indices: [UInt8] = []
  var starts: [UInt16] = []
  var ends: [UInt32] = []
  var targets: [UInt16] = []
  var steps = 0
  var window = 0

  var byteCount: Int {
    weights.count * MemoryLayout<Weight>.size + indices.count + 2 * starts.count + 4 * ends.count
      + 2 * targets.count
  }
}

extension ImageBuilder {
  /// Packs a matrix in a format for a processor's kernels.
  ///
  /// - Parameter nonZeros: the matrix's.
  mutating func append<Weight>(
    _ matrix: MatrixToPack<Weight>, _ nonZeros: NonZeros, as format: MatrixFormat,
    for instructionSet: InstructionSet
  ) -> sparrow_matrix {
    let packed =
      switch format {
      case .dense: matrix.packAll()
      case .events: matrix.packEvents()
      case .lookup, .wideLookup, .widestLookup:
        matrix.packLookup(nonZeros, LookupShape(format, matrix.arithmetic, instructionSet))
      case .block: matrix.packBlocks()
      case .columns: matrix.packColumns(nonZeros)
      }
    var record = sparrow_matrix()
    record.format = format.cValue.rawValue
    record.arithmetic =
      (matrix.isBFloat16 && format == .dense ? SPARROW_BF16 : matrix.arithmetic).rawValue
    record.rows = UInt32(matrix.ownRows)
    record.columns = UInt32(matrix.columns)
    record.stored_rows = UInt32(matrix.storedRows)
    record.steps = UInt32(packed.steps)
    record.weights_offset = append(packed.weights)
    record.indices_offset = append(packed.indices)
    record.starts_offset = append(packed.starts + packed.targets)
    record.ends_offset = append(packed.ends)
    record.rest_rows = UInt16(packed.targets.count)
    record.bias_offset = appendBias(of: matrix, format, for: instructionSet)
    record.column_counts_offset = append(nonZeros.columnCounts)
    record.non_zeros = UInt32(nonZeros.count)
    record.window = UInt16(packed.window)
    record.weight_bytes = UInt32(packed.byteCount)
    record.macs = UInt32(matrix.ownRows * matrix.ownColumns)
    return record
  }

  /// Packs a matrix as bytes by activations in single precision; where its planes lie is still to
  /// be said.
  ///
  /// - Parameters:
  ///   - nonZeros: those of the bytes.
  ///   - bias: of the floats' matrix.
  mutating func append(
    _ matrix: MatrixToPack<Int8>, _ nonZeros: NonZeros, scales: [Float], bias: [Float]?,
    as format: MatrixFormat, for instructionSet: InstructionSet
  ) -> sparrow_matrix {
    var record = append(matrix, nonZeros, as: format, for: instructionSet)
    let bias = bias ?? []
    record.arithmetic = SPARROW_W8.rawValue
    record.scales_offset = append(scales + bias + zeros(matrix.storedRows - bias.count))
    record.limit = UInt32(matrix.largestActivation)
    return record
  }

  private mutating func appendBias<Weight>(
    of matrix: MatrixToPack<Weight>, _ format: MatrixFormat, for instructionSet: InstructionSet
  ) -> UInt32 {
    var bias = matrix.bias
    // Where columns are skipped, activations have no offset: zeros add nothing.
    if !format.skipsColumns, let integers = matrix as? MatrixToPack<Int8> {
      let offset = instructionSet.activationOffset(matrix.arithmetic)
      bias = integers.bias(withOffset: offset) as? [Weight.Bias]
    }
    guard let bias else { return 0 }
    return append(bias + Array(repeating: 0, count: matrix.storedRows - matrix.rows))
  }
}
