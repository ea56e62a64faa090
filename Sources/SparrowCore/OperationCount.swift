import CSparrow

/// What steps of a stream did, exactly: the products of every matrix, and the work that is not a
/// matrix's.
public struct OperationCount: Sendable, Hashable {
  /// Steps that were counted.
  public private(set) var steps = 0
  /// One a matrix of the plan, in the order in which a step multiplies them, which is that of the
  /// network's layers; a recurrence's B comes before its C.
  public private(set) var matrices: [MatrixCount]
  /// Multiplications of pointwise work: normalisations, gates, and of a linear recurrence the diagonal
  /// at four a complex state, its input factor at four, and the feed-through at one a channel.
  public private(set) var pointwiseMultiplications = 0

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
  }

  /// Adds a step.
  ///
  /// - Parameter step: runs with what watches it.
  @inline(__always)
  mutating func add(step: (inout OperationCounter) -> Void) {
    let multiplications = matrices.withUnsafeMutableBufferPointer { matrices in
      var counter = OperationCounter(matrices: matrices)
      step(&counter)
      return counter.pointwiseMultiplications
    }
    pointwiseMultiplications += multiplications
    steps += 1
  }
}

/// What products of a matrix and vectors of activations consist of, in multiply-accumulates (MACs).
///
/// A product y = W x has one MAC for every weight. It need not be done where the weight is zero, nor
/// where the activation is that it is multiplied by; what is left is *effective*. Complex products
/// count as real ones: two for a complex weight and a real activation, and two for the real part of the
/// product of a complex weight and a complex activation.
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

  public init() {}

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
    // Columns that are padding meet activations that are zero.
    let (active, effective) = memory.kernels.countActive(
      matrix.columns, x, matrix.columnCounts(in: memory))
    denseMACs += Int(matrix.record.macs)
    nonZeroWeightMACs += Int(matrix.record.non_zeros)
    nonZeroActivationMACs += active * Int(matrix.record.rows)
    effectiveMACs += effective
    weightBytes += matrix.weightBytes
  }
}

/// What watches a step: nobody, or an ``OperationCounter``. Chosen at compile time, so that a step that
/// nobody watches pays nothing.
protocol StepObserver {
  mutating func matrix(_ matrix: Matrix, times x: UnsafePointer<Float>, in memory: StepMemory)
  mutating func pointwise(multiplications: Int)
}

struct NoObserver: StepObserver {
  @inline(__always)
  mutating func matrix(_ matrix: Matrix, times x: UnsafePointer<Float>, in memory: StepMemory) {}
  @inline(__always)
  mutating func pointwise(multiplications: Int) {}
}

/// Counts one step: matrices as they come.
struct OperationCounter: StepObserver {
  let matrices: UnsafeMutableBufferPointer<MatrixCount>
  private var next = 0
  private(set) var pointwiseMultiplications = 0

  init(matrices: UnsafeMutableBufferPointer<MatrixCount>) { self.matrices = matrices }

  mutating func matrix(_ matrix: Matrix, times x: UnsafePointer<Float>, in memory: StepMemory) {
    precondition(next < matrices.count, "counts of another plan")
    matrices[next].add(matrix, times: x, in: memory)
    next += 1
  }

  mutating func pointwise(multiplications: Int) {
    pointwiseMultiplications += multiplications
  }
}
