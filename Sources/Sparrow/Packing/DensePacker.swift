import CSparrow

/// A matrix and a bias on their way into a plan, row-major.
struct MatrixToPack {
  var rows: Int
  var columns: Int
  var weights: [Float]
  var bias: [Float]?
  /// Rows and columns of the network's own matrix: those that are not padding.
  var ownRows: Int
  var ownColumns: Int

  /// - Parameter ownRows: nil where no row is padding. ownColumns: nil where no column is.
  init(
    rows: Int, columns: Int, weights: [Float], bias: [Float]? = nil, ownRows: Int? = nil,
    ownColumns: Int? = nil
  ) {
    precondition(weights.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.weights = weights
    self.bias = bias
    self.ownRows = ownRows ?? rows
    self.ownColumns = ownColumns ?? columns
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

/// x -> scale x + shift, elementwise.
struct Affine {
  var scale: [Float]
  var shift: [Float]
}

extension ImageBuilder {
  /// Every weight, in groups of up to 64 rows, column by column; rows padded to a multiple of 16.
  mutating func appendDense(_ matrix: MatrixToPack) -> sparrow_matrix {
    let stored = padded(matrix.rows)
    let columns = matrix.columns
    var panels = [Float](repeating: 0, count: stored * columns)
    var counts = [UInt32](repeating: 0, count: columns)
    for row in 0..<matrix.rows {
      let group = row / 64 * 64
      let height = min(64, stored - group)
      for column in 0..<columns {
        let weight = matrix.weights[row * columns + column]
        panels[group * columns + column * height + row - group] = weight
        if weight != 0 { counts[column] += 1 }
      }
    }
    return sparrow_matrix(
      format: SPARROW_MATRIX_DENSE_F32.rawValue, rows: UInt32(matrix.ownRows),
      columns: UInt32(columns), stored_rows: UInt32(stored), weights_offset: append(panels),
      bias_offset: matrix.bias.map { append($0 + zeros(stored - matrix.rows)) } ?? 0,
      column_counts_offset: append(counts), weight_bytes: UInt32(4 * panels.count),
      macs: UInt32(matrix.ownRows * matrix.ownColumns))
  }
}

/// The least multiple of 16 that holds `count`: vectors in a plan have such lengths.
func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

func zeros(_ count: Int) -> [Float] { Array(repeating: 0, count: count) }
