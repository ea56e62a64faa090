public import SparrowCore

/// Dense matrix products C = A B in single precision, with the kernels of training, on one thread.
public final class MatrixMultiplication {
  private let kernels: ProductKernels<Float>
  private let workspace: UnsafeMutablePointer<Float>

  /// Chooses the kernels and allocates their workspace.
  ///
  /// - Parameters:
  ///   - instructionSet: An instruction set that this processor has.
  ///   - precision: What A and B are rounded to before they are multiplied.
  public init(instructionSet: InstructionSet = .best, precision: ProductPrecision = .float32) {
    kernels = Float.products(instructionSet, precision)
    workspace = .allocate(capacity: kernels.workspace())
  }

  deinit { workspace.deallocate() }

  /// Writes the product of A (`m` × `k`) and B (`k` × `n`) to C (`m` × `n`), all row-major.
  ///
  /// - Parameters:
  ///   - m: The rows of A and C.
  ///   - n: The columns of B and C.
  ///   - k: The columns of A and rows of B.
  ///   - a: A, or its transpose (`k` × `m`).
  ///   - isATransposed: Whether `a` is A's transpose.
  ///   - b: B, or its transpose (`n` × `k`).
  ///   - isBTransposed: Whether `b` is B's transpose.
  ///   - c: C, which is overwritten.
  public func multiply(
    m: Int, n: Int, k: Int, a: UnsafePointer<Float>, isATransposed: Bool = false,
    b: UnsafePointer<Float>, isBTransposed: Bool = false, into c: UnsafeMutablePointer<Float>
  ) {
    kernels.multiply(
      m, n, k, a, isATransposed ? 1 : k, isATransposed ? m : 1, b, isBTransposed ? 1 : n,
      isBTransposed ? k : 1, c, n, 0, nil, workspace)
  }
}
