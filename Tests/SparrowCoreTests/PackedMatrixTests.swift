import Sparrow
import TestSupport
import Testing

/// Every format on every instruction set against plain sums.
struct PackedMatrixTests {
  static let formats = MatrixFormat.allCases
  static let shapes = [
    (0, 5), (1, 0), (1, 1), (16, 3), (17, 4), (30, 31), (48, 64), (64, 130), (70, 257), (130, 700),
    (200, 33),
  ]

  /// Zeros in no order, in blocks, everywhere, nowhere, in whole rows and columns, and in most rows
  /// but a few.
  enum Pattern: CaseIterable {
    case scattered, blocks, none, all, rowsAndColumns, longRows

    func keeps(_ row: Int, _ column: Int, _ numbers: inout TestNumbers) -> Bool {
      switch self {
      case .scattered: numbers.float(in: 0...1) < 0.1
      case .blocks: (row / 16 * 7 + column / 4 * 5) % 6 == 0
      case .none: true
      case .all: false
      case .rowsAndColumns: row % 5 == 2 || column % 50 == 49
      case .longRows: numbers.float(in: 0...1) < (row % 13 == 3 ? 0.8 : 0.08)
      }
    }
  }

  @Test(arguments: InstructionSet.supported, formats)
  func floatsAgreeWithPlainSums(_ set: InstructionSet, _ format: MatrixFormat) {
    var numbers = TestNumbers(seed: 1)
    for (rows, columns, pattern) in Self.cases {
      let weights = Self.mask(rows, columns, pattern, &numbers).map { $0 ? numbers.float() : 0 }
      let bias = numbers.floats(rows)
      let matrix = PackedMatrix(
        rows: rows, columns: columns, weights: weights, bias: rows % 2 == 0 ? bias : nil,
        format: format, instructionSet: set)
      let x = numbers.sparseFloats(columns, density: 0.6)
      // What lies beyond the activations must not count.
      let memory = x + Array(repeating: 1e30, count: PackedMatrix.overhang)
      let y = withCanaries(Array(repeating: .nan, count: matrix.storedRows)) {
        matrix.multiply(padded(memory, columns), into: $0)
      }
      for row in 0..<rows {
        var sum = rows % 2 == 0 ? Double(bias[row]) : 0
        var magnitude = abs(sum)
        for column in 0..<columns {
          let product = Double(weights[row * columns + column]) * Double(x[column])
          sum += product
          magnitude += abs(product)
        }
        // The bound of any order of summation in single precision.
        let bound = Double(columns + 1) * 0x1p-24 * magnitude
        #expect(abs(Double(y[row]) - sum) <= bound, "\(pattern) \(rows) × \(columns), row \(row)")
      }
      #expect(y[rows...].allSatisfy { $0 == 0 }, "\(pattern) \(rows) × \(columns)")
    }
  }

  @Test(arguments: InstructionSet.supported, formats)
  func bytesAreExact(_ set: InstructionSet, _ format: MatrixFormat) {
    var numbers = TestNumbers(seed: 2)
    for (rows, columns, pattern) in Self.cases {
      for isExtreme in [false, true] {
        let weights = Self.mask(rows, columns, pattern, &numbers).map { isKept -> Int8 in
          let value = isExtreme ? (numbers.next() % 3 == 0 ? 127 : -128) : Int8(numbers.next() & 63)
          return isKept ? value : 0
        }
        let bias = (0..<rows).map { _ in Int32(truncatingIfNeeded: numbers.next()) }
        let wide = (0..<columns).map { _ in
          isExtreme
            ? Int16.min : numbers.next() % 2 == 0 ? 0 : Int16(truncatingIfNeeded: numbers.next())
        }
        let narrow = wide.map { Int8(truncatingIfNeeded: $0 >> 8) }
        for bits in [8, 16] {
          let matrix = PackedMatrix(
            rows: rows, columns: columns, weights: weights, bias: rows % 2 == 0 ? bias : nil,
            activationBits: bits, format: format, instructionSet: set)
          let planes =
            bits == 8
            ? ActivationPlanes(narrow, instructionSet: set)
            : ActivationPlanes(wide, instructionSet: set)
          var y = [Int32](repeating: 7, count: matrix.storedRows + 1)
          matrix.multiply(planes, into: &y)
          let expected = (0..<rows).map { row in
            var sum = rows % 2 == 0 ? bias[row] : 0
            for column in 0..<columns {
              let activation = bits == 8 ? Int32(narrow[column]) : Int32(wide[column])
              sum &+= Int32(weights[row * columns + column]) &* activation
            }
            return sum
          }
          let what = "\(bits) bits, \(pattern) \(rows) × \(columns)"
          #expect(Array(y.prefix(rows)) == expected, "\(what)")
          #expect(y[rows..<matrix.storedRows].allSatisfy { $0 == 0 }, "\(what)")
          #expect(y[matrix.storedRows] == 7, "\(what)")
        }
      }
    }
  }

  /// Rows that wait for others cost less than half again, and nothing where zeros are balanced.
  @Test func lookupsStoreWhatIsNotZero() {
    var numbers = TestNumbers(seed: 3)
    let (rows, columns) = (512, 512)
    let weights = Self.mask(rows, columns, .scattered, &numbers).map { $0 ? numbers.float() : 0 }
    let count = weights.reduce(0) { $0 + ($1 != 0 ? 1 : 0) }
    let matrix = PackedMatrix(
      rows: rows, columns: columns, weights: weights, format: .wideLookup, sortsRows: true)
    // A weight and its place are five bytes.
    #expect(matrix.byteCount >= 5 * count)
    #expect(matrix.byteCount < 7 * count)
    #expect(matrix.rowOrder.sorted() == Array(0..<rows))

    let balanced = (0..<rows * columns).map {
      $0 % columns % 32 == $0 / columns % 30 ? Float(1) : 0
    }
    let steps = PackedMatrix(
      rows: rows, columns: columns, weights: balanced, format: .lookup
    ).stepCount
    #expect(steps == rows / 64 * (columns / 32))
  }

  private static var cases: [(Int, Int, Pattern)] {
    Pattern.allCases.flatMap { pattern in
      shapes.map { ($0.0, $0.1, pattern) }
    }
  }

  private static func mask(
    _ rows: Int, _ columns: Int, _ pattern: Pattern, _ numbers: inout TestNumbers
  ) -> [Bool] {
    var mask: [Bool] = []
    for row in 0..<rows {
      for column in 0..<columns { mask.append(pattern.keeps(row, column, &numbers)) }
    }
    return mask
  }

  /// Activations as a step has them: zeros up to a multiple of 16, then anything.
  private func padded(_ memory: [Float], _ count: Int) -> [Float] {
    var memory = memory
    for i in count..<min(memory.count, (count + 15) / 16 * 16) { memory[i] = 0 }
    return memory
  }
}
