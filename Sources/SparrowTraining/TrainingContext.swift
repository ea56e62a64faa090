public import SparrowCore

/// What layers train with: kernels, threads, and each thread's memory to work in.
public final class TrainingContext<Scalar: TrainingScalar>: @unchecked Sendable {
  let kernels: TrainingKernels<Scalar>
  let products: ProductKernels<Scalar>
  let instructionSet: InstructionSet
  public let workers: Workers
  /// Parts that the linear scan of a few long clips cuts time into, for threads to share. Results with
  /// another number differ in their last bits, so it is a choice of the caller, and 1 otherwise.
  public let timeChunks: Int
  private let workspaces: [Buffer<Scalar>]

  /// - Parameter products: what operands of matrix products are rounded to.
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

  /// How an operand of a product is read.
  struct Operand {
    let values: UnsafePointer<Scalar>
    let row: Int
    let column: Int

    /// Rows × columns as they lie, a row after the other.
    static func plain(_ values: UnsafePointer<Scalar>, columns: Int) -> Operand {
      Operand(values: values, row: columns, column: 1)
    }

    /// The transpose of a matrix that lies with `columns` columns.
    static func transposed(_ values: UnsafePointer<Scalar>, columns: Int) -> Operand {
      Operand(values: values, row: 1, column: columns)
    }
  }

  /// c[m × n] = a[m × k] b[k × n] + bias, or c += a b.
  ///
  /// - Parameter row: from one row of c to the next; nil for n.
  func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: Operand, _ b: Operand,
    into c: UnsafeMutablePointer<Scalar>, row: Int? = nil, accumulate: Bool = false,
    bias: UnsafePointer<Scalar>? = nil
  ) {
    // Two threads lose to one below some millions of multiplications; a block is a multiple of every
    // micro-kernel's rows.
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

  /// b[k × n] as ``multiplyPacked(_:_:_:_:_:into:row:accumulate:bias:worker:)`` takes it: for a matrix that
  /// many products of a few rows are made with.
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

  /// ``multiply(_:_:_:_:_:into:row:accumulate:bias:)`` on one thread, by what has been packed.
  ///
  /// - Parameter worker: whose memory to work in; that of the thread.
  func multiplyPacked(
    _ m: Int, _ n: Int, _ k: Int, _ a: Operand, _ packed: UnsafePointer<Scalar>,
    into c: UnsafeMutablePointer<Scalar>, row: Int, accumulate: Bool = false,
    bias: UnsafePointer<Scalar>? = nil, worker: Int
  ) {
    products.multiplyPacked(
      m, n, k, a.values, a.row, a.column, packed, c, row, accumulate ? 1 : 0, bias,
      workspaces[worker].take(products.workspace()))
  }

  /// Runs `body` once a worker, over its share of the clips: sequences are independent of each other, so
  /// nobody waits for anybody from step to step.
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

  /// By blocks, summed in their order.
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

  /// Column sums of x, or of x ⊙ y, in double precision: blocks of rows are summed apart and then in
  /// their order, so that the result does not depend on the threads.
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
