import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// C = A B + bias and C += A B, for operands that lie either way round.
struct MatrixProductTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    let m: Int
    let n: Int
    let k: Int
    var testDescription: String { "\(m) x \(n), \(k) deep" }
  }

  /// Tails of every tile's rows and columns; depths and widths that cross the blocks of 384 and 512.
  static let shapes = [
    (1, 1, 1), (1, 70, 3), (70, 1, 2), (2, 15, 17), (3, 16, 5), (5, 17, 8), (8, 31, 16),
    (12, 32, 33), (13, 33, 64), (25, 64, 11), (47, 70, 70), (4, 40, 384), (13, 37, 385),
    (7, 16, 800), (3, 511, 9), (5, 530, 7), (2, 1030, 390),
    (0, 5, 3), (5, 0, 3), (5, 7, 0),
  ].map { Shape(m: $0.0, n: $0.1, k: $0.2) }

  static let orders: [(a: Bool, b: Bool)] = [
    (false, false), (true, false), (false, true), (true, true),
  ]

  private func product<Scalar: TrainingScalar>(
    _ kernels: TrainingKernels<Scalar>, _ shape: Shape, _ a: [Scalar], _ b: [Scalar],
    transposed: (a: Bool, b: Bool), into c: [Scalar], cRow: Int, accumulate: Bool, bias: [Scalar]?
  ) -> [Scalar] {
    var c = c
    var workspace = [Scalar](repeating: .nan, count: kernels.matmulWorkspace())
    kernels.matmul(
      shape.m, shape.n, shape.k, a, transposed.a ? 1 : shape.k, transposed.a ? shape.m : 1, b,
      transposed.b ? 1 : shape.n, transposed.b ? shape.k : 1, &c, cRow, accumulate ? 1 : 0, bias,
      &workspace)
    return c
  }

  /// Sums of products and of their magnitudes.
  private func reference(_ shape: Shape, _ a: [Float], _ b: [Float]) -> [(Double, Double)] {
    var result: [(Double, Double)] = []
    result.reserveCapacity(shape.m * shape.n)
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        for i in 0..<shape.m {
          for j in 0..<shape.n {
            var sum = 0.0
            var magnitude = 0.0
            var p = 0
            while p < shape.k {
              let term = Double(a[i * shape.k + p]) * Double(b[p * shape.n + j])
              sum += term
              magnitude += abs(term)
              p += 1
            }
            result.append((sum, magnitude))
          }
        }
      }
    }
    return result
  }

  private func transpose(_ x: [Float], columns: Int) -> [Float] {
    guard columns > 0, !x.isEmpty else { return x }
    let rows = x.count / columns
    return (0..<x.count).map { x[$0 % rows * columns + $0 / rows] }
  }

  @Test(arguments: shapes) func agreesWithPlainProduct(_ shape: Shape) {
    let a = randomValues(shape.m * shape.k, seed: 1)
    let b = randomValues(shape.k * shape.n, seed: 2)
    let bias = randomValues(shape.n, seed: 3)
    // Rows of C lie further apart than they are long, and what lies between is left alone.
    let cRow = shape.n + 3
    let c = randomValues(shape.m * cRow, seed: 4)
    let reference = reference(shape, a, b)
    let (aT, bT) = (transpose(a, columns: shape.k), transpose(b, columns: shape.n))
    for set in InstructionSet.supported {
      for transposed in Self.orders {
        for (accumulate, bias) in [(false, nil), (false, bias), (true, nil)] {
          let result = product(
            Float.kernels(set), shape, transposed.a ? aT : a, transposed.b ? bT : b,
            transposed: transposed, into: c, cRow: cRow, accumulate: accumulate, bias: bias)
          var worst = 0.0
          for i in 0..<shape.m {
            for j in 0..<cRow {
              let before = c[i * cRow + j]
              guard j < shape.n else {
                if result[i * cRow + j] != before { worst = .infinity }
                continue
              }
              let start = accumulate ? Double(before) : bias.map { Double($0[j]) } ?? 0
              let (sum, magnitude) = reference[i * shape.n + j]
              let bound = Double(shape.k + 2) * 0x1p-24 * (magnitude + abs(start))
              let distance = abs(Double(result[i * cRow + j]) - (start + sum))
              if distance > 0 { worst = max(worst, bound > 0 ? distance / bound : .infinity) }
            }
          }
          // Of the error that any order of summation keeps within.
          #expect(worst <= 1, "\(set.name) \(transposed) \(accumulate) \(bias != nil)")
        }
      }
    }
  }

  /// The product that gradients are checked with, in double precision.
  @Test(arguments: shapes) func doublePrecision(_ shape: Shape) {
    let a = randomValues(shape.m * shape.k, seed: 1)
    let b = randomValues(shape.k * shape.n, seed: 2)
    let result = product(
      Double.kernels(.scalar), shape, a.map(Double.init), b.map(Double.init),
      transposed: (false, false), into: Array(repeating: .nan, count: shape.m * shape.n),
      cRow: shape.n, accumulate: false, bias: nil)
    #expect(relativeError(result, reference(shape, a, b).map(\.0)) < 1e-14)
  }
}
