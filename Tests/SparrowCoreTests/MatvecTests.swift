import SparrowCore
import TestSupport
import Testing

/// y = W x + b over panels: groups of up to 64 rows, column by column.
struct MatvecTests {
  static let rows = [16, 32, 48, 64, 80, 96, 112, 128, 208]
  static let columns = [0, 1, 2, 3, 5, 8, 13, 16, 33, 130]

  @Test(arguments: InstructionSet.supported, rows)
  func agreesWithPlainProduct(_ set: InstructionSet, rows: Int) {
    var numbers = TestNumbers(seed: UInt64(rows))
    for columns in Self.columns {
      let weights = numbers.floats(rows * columns)
      let x = numbers.floats(columns)
      let bias = numbers.floats(rows)
      let panels = Self.panels(weights, rows: rows, columns: columns)
      for bias in [nil, bias] {
        let y = withCanaries(Array(repeating: .nan, count: rows)) {
          Kernels(set).matvec(panels, bias: bias, rows: rows, columns: columns, x, $0)
        }
        for row in 0..<rows {
          var sum = bias.map { Double($0[row]) } ?? 0
          var magnitude = abs(sum)
          for column in 0..<columns {
            let product = Double(weights[row * columns + column]) * Double(x[column])
            sum += product
            magnitude += abs(product)
          }
          // The bound of any order of summation in single precision.
          let bound = Double(columns + 1) * 0x1p-24 * magnitude
          #expect(abs(Double(y[row]) - sum) <= bound, "row \(row) of \(rows) x \(columns)")
        }
      }
    }
  }

  private static func panels(_ weights: [Float], rows: Int, columns: Int) -> [Float] {
    stride(from: 0, to: rows, by: 64).flatMap { group in
      (0..<columns).flatMap { column in
        (group..<min(group + 64, rows)).map { weights[$0 * columns + column] }
      }
    }
  }
}
