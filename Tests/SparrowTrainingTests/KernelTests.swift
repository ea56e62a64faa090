import CSparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// Passes that layers are made of, for every number of rows and columns.
struct KernelTests {
  static let shapes = [(0, 5), (1, 1), (1, 16), (3, 15), (64, 17), (65, 33), (200, 5)]
    .map { Shape(rows: $0.0, columns: $0.1) }

  struct Shape: Sendable {
    let rows: Int
    let columns: Int
    var count: Int { rows * columns }
  }

  @Test(arguments: InstructionSet.supported, shapes)
  func columnwise(_ set: InstructionSet, _ shape: Shape) {
    let kernels = Float.kernels(set)
    let (rows, columns) = (shape.rows, shape.columns)
    let (x, y) = (randomValues(shape.count, seed: 1), randomValues(shape.count, seed: 2))
    let p = randomValues(columns, seed: 3)
    let (q, r) = (randomValues(columns, seed: 4), randomValues(columns, seed: 5))
    func result(_ body: (inout [Float]) -> Void) -> [Float] {
      var y = y
      body(&y)
      return y
    }
    func expected(_ formula: (_ i: Int, _ column: Int) -> Double) -> [Double] {
      (0..<shape.count).map { formula($0, $0 % columns) }
    }
    func d(_ value: Float) -> Double { Double(value) }
    let tolerance = 2e-7
    #expect(
      relativeError(
        result { kernels.affine(rows, columns, x, p, q, &$0) },
        expected { d(x[$0]) * d(p[$1]) + d(q[$1]) }) < tolerance)
    #expect(
      result { kernels.affine(rows, columns, x, p, nil, &$0) }
        == (0..<shape.count).map { x[$0] * p[$0 % columns] })
    #expect(
      result { kernels.affine(rows, columns, x, nil, q, &$0) }
        == (0..<shape.count).map { x[$0] + q[$0 % columns] })
    #expect(
      relativeError(
        result { kernels.multiplyAdd(rows, columns, x, p, &$0) },
        expected { d(y[$0]) + d(x[$0]) * d(p[$1]) }) < tolerance)
    #expect(
      relativeError(
        result { kernels.combine(rows, columns, p, x, q, r, &$0) },
        expected { d(p[$1]) * d(y[$0]) + d(q[$1]) * d(x[$0]) + d(r[$1]) }) < 2 * tolerance)

    var sums = p
    kernels.columnSums(rows, columns, x, nil, &sums)
    var products = p
    kernels.columnSums(rows, columns, x, y, &products)
    for column in 0..<columns {
      let values = (0..<rows).map { (d(x[$0 * columns + column]), d(y[$0 * columns + column])) }
      // 64 rows are added up at a time.
      #expect(abs(d(sums[column]) - values.reduce(d(p[column])) { $0 + $1.0 }) < 1e-5)
      #expect(abs(d(products[column]) - values.reduce(d(p[column])) { $0 + $1.0 * $1.1 }) < 1e-5)
    }
  }

  @Test(arguments: InstructionSet.supported, [0, 1, 15, 16, 17, 4095, 4097, 10_000])
  func sumOfSquares(_ set: InstructionSet, count: Int) {
    let x = randomValues(count, seed: 1)
    let expected = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(Float.kernels(set).sumOfSquares(count, x) - expected) <= 1e-5 * expected)
  }

  @Test(arguments: InstructionSet.supported, [1, 15, 16, 33])
  func pointwise(_ set: InstructionSet, count: Int) {
    let kernels = Float.kernels(set)
    let double = Double.kernels(set)
    let x = randomValues(count, seed: 1).map { 6 * $0 }
    let (g, dy) = (randomValues(count, seed: 2).map { 6 * $0 }, randomValues(count, seed: 3))
    let (xs, gs, dys) = (x.map(Double.init), g.map(Double.init), dy.map(Double.init))
    var (a, b) = (x, x)
    var (aDouble, bDouble) = (xs, xs)
    func agrees(_ what: String) {
      #expect(relativeError(a, aDouble) < 3e-6, "\(what)")
      #expect(relativeError(b, bDouble) < 3e-6, "\(what)")
    }
    kernels.gelu(count, x, &a)
    double.gelu(count, xs, &aDouble)
    kernels.sigmoid(count, x, &b)
    double.sigmoid(count, xs, &bDouble)
    agrees("functions")
    kernels.geluBackward(count, x, dy, &a)
    double.geluBackward(count, xs, dys, &aDouble)
    kernels.gate(count, x, g, &b)
    double.gate(count, xs, gs, &bDouble)
    agrees("GELU's slope and the gate")
    kernels.gateBackward(count, x, g, dy, &a, &b)
    double.gateBackward(count, xs, gs, dys, &aDouble, &bDouble)
    agrees("the gate's slope")
    kernels.relu(count, x, &a)
    kernels.reluBackward(count, x, dy, &b)
    #expect(a == x.map { max($0, 0) })
    #expect(b == zip(x, dy).map { $0 > 0 ? $1 : 0 })
    b = dy
    kernels.approach(count, 0.25, x, &b)
    #expect(relativeError(b, zip(x, dy).map { 0.75 * Double($1) + 0.25 * Double($0) }) < 3e-7)
    kernels.add(count, dy, &a)
    #expect(a == zip(x, dy).map { max($0, 0) + $1 })
  }

  @Test(arguments: InstructionSet.supported, [1, 15, 16, 33])
  func complexRectifier(_ set: InstructionSet, states: Int) {
    let kernels = Float.kernels(set)
    let rows = 3
    let x = randomValues(2 * rows * states, seed: 1)
    let dy = randomValues(2 * rows * states, seed: 2)
    var (y, dx) = (x, dy)
    kernels.complexReLU(rows, states, x, &y)
    kernels.complexReLUBackward(rows, states, x, &dx)
    for i in x.indices {
      let real = x[i / (2 * states) * 2 * states + i % states]
      #expect(y[i] == (real > 0 ? x[i] : 0))
      #expect(dx[i] == (real > 0 ? dy[i] : 0))
    }
  }
}
