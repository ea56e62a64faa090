import CSparrow

/// The type of a weight: a float, or a signed byte whose products are summed in integers.
protocol MatrixWeight: BitwiseCopyable, Numeric, Sendable {
  associatedtype Bias: BitwiseCopyable, Numeric, Sendable
  /// Weights of a row that lie side by side: what one instruction multiplies and adds up.
  static var sideBySide: Int { get }
}

extension Float: MatrixWeight {
  typealias Bias = Float
  static var sideBySide: Int { 1 }
}

extension Int8: MatrixWeight {
  typealias Bias = Int32
  static var sideBySide: Int { 4 }
}

/// A matrix and a bias on their way into a plan, row-major.
struct MatrixToPack<Weight: MatrixWeight>: Sendable {
  var rows: Int
  var columns: Int
  var weights: [Weight]
  var bias: [Weight.Bias]?
  /// Bits of the activations that weights are multiplied by; nil for floats.
  var activationBits: Int?
  /// Whether weights are rounded to bfloat16, and take two bytes where all are stored.
  var isBFloat16 = false
  /// Rows and columns of the network's own matrix: those that are not padding.
  var ownRows: Int
  var ownColumns: Int

  var arithmetic: sparrow_arithmetic {
    switch activationBits {
    case nil: SPARROW_F32
    case 8: SPARROW_W8A8
    default: SPARROW_W8A16
    }
  }

  /// Rows that are stored: a multiple of 16.
  var storedRows: Int { padded(rows) }

  /// Rows from the one with the fewest non-zeros to the one with the most.
  var rowsByNonZeros: [Int] {
    let nonZeros = NonZeros(self)
    return (0..<rows).sorted { (nonZeros[$0].count, $0) < (nonZeros[$1].count, $1) }
  }

  /// Row i of the result is row order[i].
  func reordered(rows order: [Int]) -> Self {
    var result = self
    result.weights = order.flatMap { weights[$0 * columns..<($0 + 1) * columns] }
    result.bias = bias.map { bias in order.map { bias[$0] } }
    return result
  }
}

extension MatrixToPack<Float> {
  /// - Parameter ownRows: nil where no row is padding. ownColumns: nil where no column is.
  init(
    rows: Int, columns: Int, weights: [Float], bias: [Float]? = nil, ownRows: Int? = nil,
    ownColumns: Int? = nil
  ) {
    precondition(weights.count == rows * columns)
    self.init(
      rows: rows, columns: columns, weights: weights, bias: bias, activationBits: nil,
      ownRows: ownRows ?? rows, ownColumns: ownColumns ?? columns)
  }

  init(_ weights: Tensor, bias: Tensor?) {
    self.init(
      rows: weights.shape[0], columns: weights.shape[1], weights: weights.values,
      bias: bias?.values)
  }

  /// Takes in x -> scale x + shift before the product: W (s ⊙ x + t) = (W diag s) x + W t.
  mutating func fold(_ affine: Affine) {
    var bias = bias ?? Array(repeating: 0, count: rows)
    for row in 0..<rows {
      var sum = 0.0
      for column in 0..<columns {
        let weight = weights[row * columns + column]
        sum += Double(weight) * Double(affine.shift[column])
        weights[row * columns + column] = weight * affine.scale[column]
      }
      bias[row] += Float(sum)
    }
    self.bias = bias
  }
}

extension MatrixToPack<Float> {
  /// The weights rounded to bfloat16.
  func roundedToBFloat16() -> Self {
    var result = self
    result.isBFloat16 = true
    result.weights = weights.map { weight in
      let value = BFloat16.float(BFloat16.bits(weight))
      // The largest numbers stay finite.
      return value.isFinite ? value : Float(bitPattern: weight.bitPattern & 0xffff_0000)
    }
    return result
  }

  /// The weights as bytes, without the bias, and what one is worth in each row.
  func roundedToBytes() -> (matrix: MatrixToPack<Int8>, scales: [Float]) {
    var bytes: [Int8] = []
    bytes.reserveCapacity(weights.count)
    var scales = zeros(storedRows)
    for row in 0..<rows {
      let rounded = ByteRow(weights[row * columns..<(row + 1) * columns])
      bytes += rounded.integers
      scales[row] = rounded.scale
    }
    let matrix = MatrixToPack<Int8>(
      rows: rows, columns: columns, weights: bytes, bias: nil, activationBits: 16,
      ownRows: ownRows, ownColumns: ownColumns)
    return (matrix, scales)
  }
}

extension MatrixToPack<Int8> {
  /// The largest activation with which no row's sum exceeds 31 bits.
  var largestActivation: Int {
    let most = (0..<rows).reduce(1) { most, row in
      max(most, weights[row * columns..<(row + 1) * columns].reduce(0) { $0 + abs(Int($1)) })
    }
    return min(Int(Int16.max), Int(Int32.max) / most)
  }

  /// A matrix of signed bytes for activations of 8 or 16 bits.
  ///
  /// - Parameter bias: in units of a product of a weight and an activation.
  init(rows: Int, columns: Int, weights: [Int8], bias: [Int32]?, activationBits: Int) {
    precondition(weights.count == rows * columns)
    precondition(activationBits == 8 || activationBits == 16)
    self.init(
      rows: rows, columns: columns, weights: weights, bias: bias,
      activationBits: activationBits, ownRows: rows, ownColumns: columns)
  }

  /// The bias less what the offset of the activations' bytes adds to each row; see common/planes.h.
  /// Nil where there is neither bias nor offset.
  func bias(withOffset offset: Int32) -> [Int32]? {
    if offset == 0 { return bias }
    return (0..<rows).map { row in
      let sum = weights[row * columns..<(row + 1) * columns].reduce(Int32(0)) { $0 + Int32($1) }
      return (bias?[row] ?? 0) &- offset &* sum
    }
  }
}

/// x -> scale x + shift, elementwise.
package struct Affine {
  var scale: [Float]
  var shift: [Float]

  static func identity(_ count: Int) -> Affine {
    Affine(scale: Array(repeating: 1, count: count), shift: zeros(count))
  }

  func followed(by next: Affine) -> Affine {
    Affine(
      scale: zip(scale, next.scale).map { $0 * $1 },
      shift: shift.indices.map { shift[$0] * next.scale[$0] + next.shift[$0] })
  }
}

/// The least multiple of 16 that holds `count`: vectors in a plan have such lengths.
func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

func zeros(_ count: Int) -> [Float] { Array(repeating: 0, count: count) }
