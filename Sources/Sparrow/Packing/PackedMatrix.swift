import CSparrow
public import SparrowCore

/// One matrix, packed in a format for this machine: y = W x + b.
///
/// Networks are packed whole, by ``Plan``; this is for products on their own and for
/// comparing formats.
public struct PackedMatrix: Sendable {
  /// Rows of W.
  public let rows: Int
  /// Columns of W.
  public let columns: Int
  /// The format.
  public let format: MatrixFormat
  /// Bytes of weights and indices.
  public let byteCount: Int
  /// Steps of a lookup, or blocks, padding included; zero for the other formats.
  public let stepCount: Int

  /// The row of W that each value of y belongs to.
  public let rowOrder: [Int]

  private let record: sparrow_matrix
  private let storage: PlanStorage
  private let kernels: Kernels

  /// Values of readable memory after the activations of a product; they do not affect the result.
  public static let overhang = Int(sparrow_lookup_overhang)
  /// Values that a product writes: `rows`, rounded up to a multiple of 16.
  public var storedRows: Int { Int(record.stored_rows) }

  /// Bits of the activations that it multiplies; nil for floats.
  public var activationBits: Int? {
    switch sparrow_arithmetic(rawValue: record.arithmetic) {
    case SPARROW_W8A8: 8
    case SPARROW_W8A16: 16
    default: nil
    }
  }

  /// Packs single-precision weights.
  ///
  /// - Parameters:
  ///   - rows: Rows of W.
  ///   - columns: Columns of W.
  ///   - weights: W, rows × columns, row-major.
  ///   - bias: b, `rows` values, or nil for none.
  ///   - format: A format; nil for the one that is expected to be fastest on this machine.
  ///   - instructionSet: An instruction set of this processor.
  ///   - sortsRows: Whether rows may be stored by their number of non-zeros, which reduces the
  ///     padding of lookups; see ``rowOrder``.
  public init(
    rows: Int, columns: Int, weights: [Float], bias: [Float]? = nil, format: MatrixFormat? = nil,
    sortsRows: Bool = false, instructionSet: InstructionSet = .best
  ) {
    self.init(
      MatrixToPack(rows: rows, columns: columns, weights: weights, bias: bias), format,
      sortsRows, instructionSet)
  }

  /// Packs signed bytes for activations of 8 or 16 bits, signed too.
  ///
  /// - Parameters:
  ///   - rows: Rows of W.
  ///   - columns: Columns of W.
  ///   - weights: W, rows × columns, row-major.
  ///   - bias: b, `rows` values in units of a product, or nil for none.
  ///   - activationBits: Bits of activations: 8 or 16.
  ///   - format: A format; nil for the one that is expected to be fastest on this machine.
  ///   - instructionSet: An instruction set of this processor.
  ///   - sortsRows: Whether rows may be stored by their number of non-zeros.
  public init(
    rows: Int, columns: Int, weights: [Int8], bias: [Int32]? = nil, activationBits: Int,
    format: MatrixFormat? = nil, sortsRows: Bool = false, instructionSet: InstructionSet = .best
  ) {
    self.init(
      MatrixToPack(
        rows: rows, columns: columns, weights: weights, bias: bias,
        activationBits: activationBits), format, sortsRows, instructionSet)
  }

  init<Weight>(
    _ matrix: MatrixToPack<Weight>, _ format: MatrixFormat?, _ sortsRows: Bool,
    _ instructionSet: InstructionSet
  ) {
    rowOrder = sortsRows ? matrix.rowsByNonZeros : Array(0..<matrix.rows)
    let matrix = sortsRows ? matrix.reordered(rows: rowOrder) : matrix
    let nonZeros = NonZeros(matrix)
    let format =
      format
      ?? MatrixPlanner(instructionSet).candidates(for: matrix, nonZeros, activity: 1)[0].format
    kernels = Kernels(instructionSet)
    var image = ImageBuilder()
    record = image.append(matrix, nonZeros, as: format, for: instructionSet)
    storage = image.finish(sparrow_plan_header())
    rows = matrix.rows
    columns = matrix.columns
    self.format = format
    byteCount = Int(record.weight_bytes)
    stepCount = Int(record.steps)
  }

  /// y = W x + b of a single-precision matrix.
  ///
  /// - Parameters:
  ///   - x: `columns` values, with ``overhang`` more in memory after them. Memory that starts at a
  ///     multiple of 64 bytes is read fastest.
  ///   - y: room for ``storedRows`` values.
  public func multiply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    let isFloat =
      record.arithmetic == SPARROW_F32.rawValue || record.arithmetic == SPARROW_BF16.rawValue
    precondition(isFloat, "a matrix of floats")
    kernels.multiply(record, in: storage.bytes.baseAddress!, x, y)
  }

  /// y = W x + b of a matrix of bytes, modulo 2³².
  ///
  /// - Parameters:
  ///   - x: `columns` activations of as many bits as the matrix was packed for.
  ///   - y: room for ``storedRows`` values.
  public func multiply(_ x: ActivationPlanes, into y: UnsafeMutablePointer<Int32>) {
    let isMatched =
      record.arithmetic == (x.bits == 8 ? SPARROW_W8A8.rawValue : SPARROW_W8A16.rawValue)
    precondition(isMatched && x.count == columns, "activations that the matrix was packed for")
    kernels.multiply(record, in: storage.bytes.baseAddress!, low: x.low, high: x.high, y)
  }
}

/// Integer activations as the kernels take them: one plane of bytes for 8 bits, two for 16.
public final class ActivationPlanes: @unchecked Sendable {
  /// The number of activations.
  public let count: Int
  /// Bits of an activation: 8 or 16.
  public let bits: Int
  let low: UnsafeMutablePointer<UInt8>
  /// nil for 8 bits.
  let high: UnsafeMutablePointer<UInt8>?

  /// The planes of 8-bit activations.
  public convenience init(_ x: [Int8], instructionSet: InstructionSet = .best) {
    self.init(count: x.count, bits: 8)
    Kernels(instructionSet).planes(x, count: x.count, low: low)
  }

  /// The planes of 16-bit activations.
  public convenience init(_ x: [Int16], instructionSet: InstructionSet = .best) {
    self.init(count: x.count, bits: 16)
    Kernels(instructionSet).planes(x, count: x.count, low: low, high: high!)
  }

  private init(count: Int, bits: Int) {
    self.count = count
    self.bits = bits
    let stride = (count + PackedMatrix.overhang + 63) / 64 * 64
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * stride, alignment: 64)
    low = memory.initializeMemory(as: UInt8.self, repeating: 0, count: 2 * stride)
    high = bits == 16 ? low + stride : nil
  }

  deinit { UnsafeMutableRawPointer(low).deallocate() }
}
