/// What steps of one layer did, exactly.
///
/// A multiply-accumulate is *effective* where both its weight and its activation are non-zero; a
/// *dense* network would do all of them. Complex products count as real ones: two for a complex
/// weight and a real activation. Pointwise work (normalisation, activations, the diagonal
/// recurrence at four a complex state, its input factor at four, the feed-through at one a channel)
/// is counted apart, as multiplications.
public struct OperationCount: Sendable, Hashable {
  public var effectiveMACs = 0
  public var denseMACs = 0
  public var pointwiseMultiplications = 0
  /// Bytes of packed weights that were read.
  public var weightBytes = 0

  public init() {}

  public static func += (sum: inout Self, other: Self) {
    sum.effectiveMACs += other.effectiveMACs
    sum.denseMACs += other.denseMACs
    sum.pointwiseMultiplications += other.pointwiseMultiplications
    sum.weightBytes += other.weightBytes
  }
}

/// What watches a step: nobody, or an ``OperationCount``. Chosen at compile time, so that a step that
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

extension OperationCount: StepObserver {
  mutating func matrix(_ matrix: Matrix, times x: UnsafePointer<Float>, in memory: StepMemory) {
    denseMACs += Int(matrix.record.macs)
    effectiveMACs += memory.kernels.countActive(
      matrix.columns, x, matrix.columnCounts(in: memory))
    weightBytes += matrix.weightBytes
  }

  mutating func pointwise(multiplications: Int) {
    pointwiseMultiplications += multiplications
  }
}
