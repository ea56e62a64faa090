package import CSparrow

/// The exact operations of a stream's steps: the products of every matrix, and the work that
/// is not a matrix's.
public struct OperationCount: Sendable, Hashable {
  /// Steps that were counted.
  public private(set) var steps = 0
  /// One a matrix of the plan, in the order in which a step multiplies them, which is that of the
  /// network's layers; a recurrence's B comes before its C.
  public private(set) var matrices: [MatrixCount]
  /// Multiplications of pointwise work: normalisations, gates, and of a linear recurrence the
  /// diagonal at four a complex state, its input factor at four, and the feed-through at one a
  /// channel.
  public private(set) var pointwiseMultiplications = 0
  /// Values that fixed-point arithmetic had to clip because they were too large for their format;
  /// the frames' own included. Arguments of the tables for sigmoid and tanh, which end at 8, don't
  /// count.
  public private(set) var saturations = 0

  /// Nothing yet.
  public init(_ plan: Plan) {
    matrices = Array(repeating: MatrixCount(), count: plan.matrixCount)
  }

  /// Of all matrices together.
  public var total: MatrixCount { matrices.reduce(into: MatrixCount()) { $0 += $1 } }

  /// - Precondition: both were counted with plans of the same network.
  public static func += (sum: inout Self, other: Self) {
    precondition(sum.matrices.count == other.matrices.count, "counts of another network")
    sum.steps += other.steps
    for i in sum.matrices.indices { sum.matrices[i] += other.matrices[i] }
    sum.pointwiseMultiplications += other.pointwiseMultiplications
    sum.saturations += other.saturations
  }

  /// Adds some steps.
  ///
  /// - Parameter run: does them, with what watches them.
  @inline(__always)
  mutating func add(steps count: Int, _ run: (inout OperationCounter) -> Void) {
    let (multiplications, clipped) = matrices.withUnsafeMutableBufferPointer { matrices in
      var counter = OperationCounter(matrices: matrices)
      run(&counter)
      return (counter.pointwiseMultiplications, counter.saturations)
    }
    pointwiseMultiplications += multiplications
    saturations += clipped
    steps += count
  }
}

/// The operations of a matrix's products with vectors of activations, in multiply-accumulates
/// (MACs).
///
/// A product y = W x has one MAC for every weight. It need not be done where the weight is zero,
/// nor where the activation is that it is multiplied by; what is left is *effective*. Complex
/// products count as real ones: two for a complex weight and a real activation, and two for the
/// real part of the product of a complex weight and a complex activation.
public struct MatrixCount: Sendable, Hashable {
  /// Of all weights and all activations: the matrix's rows times its columns.
  public var denseMACs = 0
  /// Of non-zero weights and all activations: what the weights' zeros alone leave.
  public var nonZeroWeightMACs = 0
  /// Of all weights and non-zero activations: what the activations' zeros alone leave. Divided by
  /// ``denseMACs``, the density of the activations.
  public var nonZeroActivationMACs = 0
  /// Of non-zero weights and non-zero activations: over the non-zero activations, the sum of the
  /// non-zero weights in their columns.
  public var effectiveMACs = 0
  /// Bytes of packed weights that were read.
  public var weightBytes = 0

  /// No operations.
  public init() {}

  /// Adds counts.
  public static func += (sum: inout Self, other: Self) {
    sum.denseMACs += other.denseMACs
    sum.nonZeroWeightMACs += other.nonZeroWeightMACs
    sum.nonZeroActivationMACs += other.nonZeroActivationMACs
    sum.effectiveMACs += other.effectiveMACs
    sum.weightBytes += other.weightBytes
  }

  mutating func add(
    _ matrix: Matrix, times x: UnsafePointer<Float>, in memory: StepMemory
  ) {
    add(
      matrix,
      memory.kernels.countActive(matrix.columns, x, matrix.columnCounts(in: memory.image)))
  }

  mutating func add(
    _ matrix: Matrix, times x: UnsafePointer<Int16>, in memory: IntegerMemory
  ) {
    add(
      matrix,
      memory.kernels.countActive(matrix.columns, x, matrix.columnCounts(in: memory.image)))
  }

  // Columns that are padding meet activations that are zero.
  private mutating func add(_ matrix: Matrix, _ count: (active: Int, sum: Int)) {
    denseMACs += Int(matrix.record.macs)
    nonZeroWeightMACs += Int(matrix.record.non_zeros)
    nonZeroActivationMACs += count.active * Int(matrix.record.rows)
    effectiveMACs += count.sum
    weightBytes += matrix.weightBytes
  }
}

/// An observer of steps: nobody, or an ``OperationCounter``, or a probe of a network's inside.
/// Chosen at compile time, so that a step that nobody watches pays nothing.
package protocol StepObserver {
  /// A layer multiplies one of its matrices, which `index` counts, and a frame's values.
  mutating func matrix(
    _ matrix: Matrix, at index: Int, times x: UnsafePointer<Float>, in memory: StepMemory)
  mutating func matrix(
    _ matrix: Matrix, at index: Int, times x: UnsafePointer<Int16>, in memory: IntegerMemory)
  mutating func pointwise(multiplications: Int)
  /// A frame has become integers.
  mutating func input(_ x: UnsafePointer<Int16>, clipped: Int)
  /// The layer at `index` of the plan is done.
  mutating func layer(_ index: Int, _ layer: sparrow_layer, _ memory: StepMemory)
  mutating func layer(
    _ index: Int, _ layer: sparrow_layer, _ memory: IntegerMemory, clipped: Int)
}

extension StepObserver {
  @inline(__always)
  package mutating func matrix(
    _ matrix: Matrix, at index: Int, times x: UnsafePointer<Float>, in memory: StepMemory
  ) {}
  @inline(__always)
  package mutating func matrix(
    _ matrix: Matrix, at index: Int, times x: UnsafePointer<Int16>, in memory: IntegerMemory
  ) {}
  @inline(__always)
  package mutating func pointwise(multiplications: Int) {}
  @inline(__always)
  package mutating func input(_ x: UnsafePointer<Int16>, clipped: Int) {}
  @inline(__always)
  package mutating func layer(_ index: Int, _ layer: sparrow_layer, _ memory: StepMemory) {}
  @inline(__always)
  package mutating func layer(
    _ index: Int, _ layer: sparrow_layer, _ memory: IntegerMemory, clipped: Int
  ) {}
}

struct NoObserver: StepObserver {}

/// Counts what passes through the layers do, one or several frames at a time.
struct OperationCounter: StepObserver {
  let matrices: UnsafeMutableBufferPointer<MatrixCount>
  /// The first one of the layer at hand.
  private var first = 0
  private(set) var pointwiseMultiplications = 0
  private(set) var saturations = 0

  init(matrices: UnsafeMutableBufferPointer<MatrixCount>) { self.matrices = matrices }

  mutating func matrix(
    _ matrix: Matrix, at index: Int, times x: UnsafePointer<Float>, in memory: StepMemory
  ) {
    matrices[first + index].add(matrix, times: x, in: memory)
  }

  mutating func matrix(
    _ matrix: Matrix, at index: Int, times x: UnsafePointer<Int16>, in memory: IntegerMemory
  ) {
    matrices[first + index].add(matrix, times: x, in: memory)
  }

  mutating func pointwise(multiplications: Int) {
    pointwiseMultiplications += multiplications
  }

  mutating func input(_ x: UnsafePointer<Int16>, clipped: Int) { saturations += clipped }

  mutating func layer(_ index: Int, _ layer: sparrow_layer, _ memory: StepMemory) {
    pass(layer)
  }

  mutating func layer(
    _ index: Int, _ layer: sparrow_layer, _ memory: IntegerMemory, clipped: Int
  ) {
    saturations += clipped
    pass(layer)
  }

  /// After the last layer a pass begins again.
  private mutating func pass(_ layer: sparrow_layer) {
    first += layer.matrixCount
    if first == matrices.count { first = 0 }
  }
}
