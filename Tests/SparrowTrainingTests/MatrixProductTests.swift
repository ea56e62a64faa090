import CSparrow
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

  /// Tails of every tile's rows and columns; depths and widths that cross the blocks of 384 and
  /// 512.
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
    _ kernels: ProductKernels<Scalar>, _ shape: Shape, _ a: [Scalar], _ b: [Scalar],
    transposed: (a: Bool, b: Bool), into c: [Scalar], cRow: Int, accumulate: Bool, bias: [Scalar]?
  ) -> [Scalar] {
    var c = c
    var workspace = [Scalar](repeating: .nan, count: kernels.workspace())
    kernels.multiply(
      shape.m, shape.n, shape.k, a, transposed.a ? 1 : shape.k, transposed.a ? shape.m : 1, b,
      transposed.b ? 1 : shape.n, transposed.b ? shape.k : 1, &c, cRow, accumulate ? 1 : 0, bias,
      &workspace)
    return c
  }

  /// The same by a B that is packed before, in two parts.
  private func packedProduct<Scalar: TrainingScalar>(
    _ kernels: ProductKernels<Scalar>, _ shape: Shape, _ a: [Scalar], _ b: [Scalar],
    transposed: (a: Bool, b: Bool), into c: [Scalar], cRow: Int, accumulate: Bool, bias: [Scalar]?
  ) -> [Scalar] {
    let grain = ProductKernels<Scalar>.grain
    let cut = min(shape.n / 2 / grain * grain, shape.n)
    let (row, column) = transposed.b ? (1, shape.k) : (shape.n, 1)
    var packed = [Scalar](repeating: .nan, count: kernels.packedSize(shape.n, shape.k) + 1)
    packed.withUnsafeMutableBufferPointer { packed in
      b.withUnsafeBufferPointer { b in
        guard let packed = packed.baseAddress, let b = b.baseAddress, shape.k > 0 else { return }
        kernels.pack(cut, shape.k, b, row, column, packed)
        kernels.pack(
          shape.n - cut, shape.k, b + cut * column, row, column,
          packed + kernels.packedSize(cut, shape.k))
      }
    }
    var c = c
    var workspace = [Scalar](repeating: .nan, count: kernels.workspace())
    kernels.multiplyPacked(
      shape.m, shape.n, shape.k, a, transposed.a ? 1 : shape.k, transposed.a ? shape.m : 1,
      packed, &c, cRow, accumulate ? 1 : 0, bias, &workspace)
    return c
  }

  /// Every way of computing that the processor has, and whether it rounds operands to bfloat16.
  private static let kernels: [(name: String, rounds: Bool, kernels: ProductKernels<Float>)] =
    InstructionSet.supported.flatMap { set in
      ProductPrecision.allCases.flatMap { precision in
        precision.arithmetics.compactMap { arithmetic in
          Float.products(set, arithmetic).map {
            ("\(set.name), \(precision) \(arithmetic)", precision == .bfloat16, $0)
          }
        }
      }
    }

  /// To eight bits of precision, by the definition: the nearer of both neighbours, of two equally
  /// near ones the even one.
  private func bfloat16(_ value: Float) -> Float {
    let lower = Float(bitPattern: value.bitPattern & 0xffff_0000)
    let upper = Float(bitPattern: (value.bitPattern & 0xffff_0000) + 0x1_0000)
    let above = abs((upper.isInfinite ? 0x1p128 : abs(Double(upper))) - abs(Double(value)))
    let below = abs(Double(value) - Double(lower))
    if below != above { return below < above ? lower : upper }
    return lower.bitPattern & 0x1_0000 == 0 ? lower : upper
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
    let exact = reference(shape, a, b)
    let rounded = reference(shape, a.map(bfloat16), b.map(bfloat16))
    let (aT, bT) = (transpose(a, columns: shape.k), transpose(b, columns: shape.n))
    for (name, rounds, kernels) in Self.kernels {
      for transposed in Self.orders {
        for (accumulate, bias) in [(false, nil), (false, bias), (true, nil)] {
          let what = "\(name) \(transposed) \(accumulate) \(bias != nil)"
          let (a, b) = (transposed.a ? aT : a, transposed.b ? bT : b)
          let result = product(
            kernels, shape, a, b, transposed: transposed, into: c, cRow: cRow,
            accumulate: accumulate, bias: bias)
          var worst = 0.0
          for i in 0..<shape.m {
            for j in 0..<cRow {
              let before = c[i * cRow + j]
              guard j < shape.n else {
                if result[i * cRow + j] != before { worst = .infinity }
                continue
              }
              let start = accumulate ? Double(before) : bias.map { Double($0[j]) } ?? 0
              let (sum, magnitude) = (rounds ? rounded : exact)[i * shape.n + j]
              let bound = Double(shape.k + 2) * 0x1p-24 * (magnitude + abs(start))
              let distance = abs(Double(result[i * cRow + j]) - (start + sum))
              if distance > 0 { worst = max(worst, bound > 0 ? distance / bound : .infinity) }
            }
          }
          // Of the error that any order of summation keeps within.
          #expect(worst <= 1, "\(what)")
          let packed = packedProduct(
            kernels, shape, a, b, transposed: transposed, into: c, cRow: cRow,
            accumulate: accumulate, bias: bias)
          #expect(packed == result, "\(what)")
        }
      }
    }
  }

  /// Operands that lie halfway between two neighbours, are almost there, or overflow; infinite and
  /// undefined ones stay so.
  @Test func roundsToNearestEven() throws {
    let bits: [UInt32] = [
      0x3f80_8000, 0x3f81_8000, 0x3f80_7fff, 0x3f80_8001, 0xbf81_8000, 0x3f7f_ffff, 0x7f7f_ffff,
      0x7f80_0000, 0xff80_0000, 0, 0x8000_0000,
    ]
    let values = bits.map(Float.init(bitPattern:))
    let expected = values.map { $0.isInfinite ? $0 : bfloat16($0) }
    let shape = Shape(m: values.count, n: 1, k: 1)
    for (name, rounds, kernels) in Self.kernels where rounds {
      let result = product(
        kernels, shape, values, [1], transposed: (false, false),
        into: values, cRow: 1, accumulate: false, bias: nil)
      #expect(result == expected, "\(name)")
      for value in [Float.nan, -.nan, Float(bitPattern: 0x7fff_ffff)] {
        for (a, b) in [(value, 1), (1, value)] {
          let result = product(
            kernels, Shape(m: 1, n: 1, k: 1), [a], [b], transposed: (false, false), into: [0],
            cRow: 1, accumulate: false, bias: nil)
          #expect(result[0].isNaN, "\(name)")
        }
      }
    }
  }

  /// The product that gradients are checked with, in double precision.
  @Test(arguments: shapes) func doublePrecision(_ shape: Shape) {
    let a = randomValues(shape.m * shape.k, seed: 1)
    let b = randomValues(shape.k * shape.n, seed: 2)
    let rounded = (a.map(bfloat16), b.map(bfloat16))
    for (precision, expected) in [
      (ProductPrecision.float32, reference(shape, a, b)),
      (.bfloat16, reference(shape, rounded.0, rounded.1)),
    ] {
      let result = product(
        Double.products(.scalar, precision), shape, a.map(Double.init), b.map(Double.init),
        transposed: (false, false), into: Array(repeating: .nan, count: shape.m * shape.n),
        cRow: shape.n, accumulate: false, bias: nil)
      #expect(relativeError(result, expected.map(\.0)) < 1e-14)
    }
  }
}
