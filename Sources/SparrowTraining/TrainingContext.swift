public import SparrowCore

/// The kernels, threads and workspaces of training.
public final class TrainingContext<Scalar: TrainingScalar>: @unchecked Sendable {
  let kernels: TrainingKernels<Scalar>
  let products: ProductKernels<Scalar>
  let instructionSet: InstructionSet
  /// The threads.
  public let workers: Workers
  /// The number of chunks of time in the parallel scan of a linear recurrence, for few long
  /// sequences. Results of different numbers differ in their last bits; the default is 1.
  public let timeChunks: Int
  private let workspaces: [Buffer<Scalar>]

  /// - Parameters:
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  ///   - products: The precision of operands of matrix products.
  ///   - timeChunks: The number of chunks of time in the scan of a linear recurrence.
  public init(
    workers: Workers = Workers(count: 1), instructionSet: InstructionSet = .best,
    products: ProductPrecision = .float32, timeChunks: Int = 1
  ) {
    precondition(timeChunks >= 1)
    self.timeChunks = timeChunks
    self.instructionSet = instructionSet
    kernels = Scalar.kernels(instructionSet)
    self.products = Scalar.products(instructionSet, products)
    self.workers = workers
    workspaces = (0..<workers.count).map { _ in Buffer() }
  }

  /// The layout of an operand of a product.
  struct Operand {
    let values: UnsafePointer<Scalar>
    let row: Int
    let column: Int

    /// Row-major.
    static func plain(_ values: UnsafePointer<Scalar>, columns: Int) -> Operand {
      Operand(values: values, row: columns, column: 1)
    }

    /// The transpose of a row-major matrix with `columns` columns.
    static func transposed(_ values: UnsafePointer<Scalar>, columns: Int) -> Operand {
      Operand(values: values, row: 1, column: columns)
    }
  }

  /// c[m × n] = a[m × k] b[k × n] + bias, or c += a b.
  ///
  /// - Parameter row: The stride between rows of c; nil for n.
  func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: Operand, _ b: Operand,
    into c: UnsafeMutablePointer<Scalar>, row: Int? = nil, accumulate: Bool = false,
    bias: UnsafePointer<Scalar>? = nil
  ) {
    // Below some millions of multiplications two threads are slower than one. A block is a multiple
    // of the rows of every micro-kernel.
    let isWorthSplitting = workers.count > 1 && m * n * k > 8 << 20
    let share = (m + workers.count - 1) / workers.count
    let row = row ?? n
    let grain = isWorthSplitting ? (share + 11) / 12 * 12 : m
    workers.forEachBlock(of: m, grain: max(grain, 1)) { rows, worker in
      products.multiply(
        rows.count, n, k, a.values + rows.lowerBound * a.row, a.row, a.column, b.values, b.row,
        b.column, c + rows.lowerBound * row, row, accumulate ? 1 : 0, bias,
        workspaces[worker].take(products.workspace()))
    }
  }

  /// Packs b[k × n] for ``multiplyPacked(_:_:_:_:_:into:row:accumulate:bias:worker:)``, for many
  /// products of few rows with the same matrix.
  ///
  /// - Parameter packed: `products.packedSize(n, k)` elements.
  func pack(_ n: Int, _ k: Int, _ b: Operand, into packed: UnsafeMutablePointer<Scalar>) {
    let isWorthSplitting = workers.count > 1 && n * k > 1 << 18
    let share = isWorthSplitting ? (n + workers.count - 1) / workers.count : n
    let unit = ProductKernels<Scalar>.grain
    workers.forEachBlock(of: n, grain: max((share + unit - 1) / unit, 1) * unit) { columns, _ in
      products.pack(
        columns.count, k, b.values + columns.lowerBound * b.column, b.row, b.column,
        packed + products.packedSize(columns.lowerBound, k))
    }
  }

  /// ``multiply(_:_:_:_:_:into:row:accumulate:bias:)`` on one thread, by a packed matrix.
  ///
  /// - Parameter worker: The index of the thread, whose workspace is used.
  func multiplyPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: Operand, _ packed: UnsafePointer<Scalar>,
    into c: UnsafeMutablePointer<Scalar>, row: Int, accumulate: Bool = false,
    bias: UnsafePointer<Scalar>? = nil, worker: Int
  ) {
    products.multiplyPacked(
      m, n, k, a.values, a.row, a.column, packed, c, row, accumulate ? 1 : 0, bias,
      workspaces[worker].take(products.workspace()))
  }

  /// Runs `body` once per worker, over its share of the sequences, which are independent of each
  /// other.
  func clipwise(_ clips: Int, _ body: (_ clips: Range<Int>, _ worker: Int) -> Void) {
    let share = (clips + workers.count - 1) / workers.count
    workers.forEachBlock(of: clips, grain: max(share, 1), body)
  }

  /// Runs `body` over blocks of elements.
  func pointwise(_ count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
    workers.forEachBlock(of: count, grain: pointwiseGrain) { block, _ in
      body(block.lowerBound, block.count)
    }
  }

  private var pointwiseGrain: Int { 1 << 16 }

  /// The sum of squares, block by block in order.
  func sumOfSquares(_ x: UnsafePointer<Scalar>, _ count: Int) -> Double {
    let grain = pointwiseGrain
    return workers.map((count + grain - 1) / grain) { block in
      kernels.sumOfSquares(min(grain, count - block * grain), x + block * grain)
    }.reduce(0, +)
  }

  /// Runs `body` over blocks of whole rows.
  func rowwise(_ rows: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
    workers.forEachBlock(of: rows, grain: 512) { block, _ in body(block.lowerBound, block.count) }
  }

  /// Column sums of x, or of x ⊙ y, in double precision. Blocks of rows are summed apart and then
  /// in order, so that the result does not depend on the number of threads.
  @_specialize(where Scalar == Float)
  func columnSums(
    _ x: UnsafePointer<Scalar>, times y: UnsafePointer<Scalar>? = nil, rows: Int, columns: Int
  ) -> [Double] {
    let grain = 512
    let blocks = (rows + grain - 1) / grain
    let partial = sums.zeroed(blocks * columns)
    workers.forEachBlock(of: rows, grain: grain) { block, _ in
      let start = block.lowerBound * columns
      kernels.columnSums(
        block.count, columns, x + start, y.map { $0 + start },
        partial + block.lowerBound / grain * columns)
    }
    var total = [Double](repeating: 0, count: columns)
    for block in 0..<blocks {
      for column in 0..<columns { total[column] += Double(partial[block * columns + column]) }
    }
    return total
  }

  private let sums = Buffer<Scalar>()
}
