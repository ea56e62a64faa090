import TestSupport
import Testing

@testable import Sparrow
@testable import SparrowCore

/// Steps told from counts against a lookup that is laid out.
struct PanelCountsTests {
  /// Rows × columns: one panel and several, whole and not, and columns that fit a window or don't.
  static let shapes = [
    (16, 0), (16, 1), (64, 32), (80, 33), (64, 48), (128, 64), (192, 257), (272, 100), (320, 80),
    (464, 144),
  ]

  @Test(arguments: InstructionSet.supported, shapes)
  func stepsAreThoseOfTheLayout(_ set: InstructionSet, _ shape: (Int, Int)) {
    var numbers = TestNumbers(seed: 5)
    for density in [0, 0.1, 0.5, 1] as [Float] {
      let matrix = Self.matrix(shape, density, &numbers)
      let counts = PanelCounts(NonZeros(matrix))
      defer { counts.deallocate() }
      #expect(Self.steps(counts, set) == Self.steps(matrix))
    }
  }

  /// After rows and columns have changed places, in any mixture.
  @Test func exchangesAreThoseOfTheMatrix() {
    var numbers = TestNumbers(seed: 6)
    let (rows, columns) = (160, 90)
    let matrix = Self.matrix((rows, columns), 0.2, &numbers)
    let counts = PanelCounts(NonZeros(matrix))
    defer { counts.deallocate() }
    var rowOrder = Array(0..<rows)
    var columnOrder = Array(0..<columns)
    func draw(_ count: Int) -> Int { Int(numbers.next() % UInt64(count)) }
    for round in 0..<200 {
      if draw(2) == 0 {
        let (i, j) = (draw(rows), draw(rows))
        counts.exchangeRows(rowOrder[i], rowOrder[j])
        (counts.lengths[i], counts.lengths[j]) = (counts.lengths[j], counts.lengths[i])
        rowOrder.swapAt(i, j)
      } else {
        let (i, j) = (draw(columns), draw(columns))
        counts.moveColumn(columnOrder[i], from: i, to: j)
        counts.moveColumn(columnOrder[j], from: j, to: i)
        columnOrder.swapAt(i, j)
      }
      guard round % 20 == 19 else { continue }
      var permuted = matrix
      permuted.weights = rowOrder.flatMap { row in
        columnOrder.map { matrix.weights[row * columns + $0] }
      }
      #expect(Self.steps(counts, .best) == Self.steps(permuted))
      let nonZeros = NonZeros(permuted)
      for panel in 0..<counts.panels {
        let longest = (64 * panel..<64 * panel + counts.height(panel)).map { nonZeros[$0].count }
        #expect(Int(counts.measureLongest(panel)) == longest.max())
      }
    }
  }

  private static func matrix(
    _ shape: (Int, Int), _ density: Float, _ numbers: inout TestNumbers
  ) -> MatrixToPack<Float> {
    // Rows of all lengths, so that they wait for each other.
    let weights = (0..<shape.0).flatMap { row in
      numbers.sparseFloats(shape.1, density: density == 1 ? 1 : density * Float(row % 7) / 3)
    }
    return MatrixToPack(rows: shape.0, columns: shape.1, weights: weights)
  }

  private static func steps(_ matrix: MatrixToPack<Float>) -> [Int] {
    let layout = LookupLayout(
      NonZeros(matrix), LookupShape(panel: (64, 1), window: PanelCounts.window))
    return zip(layout.ends, [0] + layout.ends).map { $0 - $1 }
  }

  private static func steps(_ counts: PanelCounts, _ set: InstructionSet) -> [Int] {
    var steps = [Int32](repeating: -1, count: counts.panels)
    counts.measure(0..<counts.panels, PackingKernels(set), &steps)
    return steps.map(Int.init)
  }
}
