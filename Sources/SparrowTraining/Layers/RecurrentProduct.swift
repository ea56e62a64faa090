import Sparrow

/// q = h Rᵀ + c of a recurrent structure: R of some gates, blocks alone. h, q: rows of units, and of a
/// gate's units after the other; q's rows may be apart. Units are in the order in which blocks see them.
struct RecurrentProduct<Scalar: TrainingScalar> {
  let context: TrainingContext<Scalar>
  let weight: Parameter<Scalar>
  let units: Int
  let gates: Int
  /// Units of a block.
  let size: Int

  typealias In = UnsafePointer<Scalar>
  typealias Out = UnsafeMutablePointer<Scalar>

  private var isFull: Bool { size == units }
  private var isDiagonal: Bool { size == 1 && units > 1 }

  /// - Parameter stride: from one row of q to the next.
  @_specialize(where Scalar == Float)
  func forward(_ h: In, rows: Int, into q: Out, stride: Int, bias: In) {
    if isDiagonal {
      for row in 0..<rows {
        let (h, q) = (h + row * units, q + row * stride)
        for gate in 0..<gates {
          let first = gate * units
          for i in 0..<units {
            q[first + i] = weight.value[first + i] * h[i] + bias[first + i]
          }
        }
      }
      return
    }
    forEachBlock { first, column, height in
      context.multiply(
        rows, height, size, .plain(h + column, columns: units),
        .transposed(weight.value + first * size, columns: size), into: q + first, row: stride,
        bias: bias + first)
    }
  }

  /// dh += dq R.
  @_specialize(where Scalar == Float)
  func backward(_ dq: In, rows: Int, stride: Int, into dh: Out) {
    if isDiagonal {
      for row in 0..<rows {
        let (dq, dh) = (dq + row * stride, dh + row * units)
        for gate in 0..<gates {
          for i in 0..<units { dh[i] += dq[gate * units + i] * weight.value[gate * units + i] }
        }
      }
      return
    }
    forEachBlock { first, column, height in
      context.multiply(
        rows, size, height, .plain(dq + first, columns: stride),
        .plain(weight.value + first * size, columns: size), into: dh + column, row: units,
        accumulate: true)
    }
  }

  /// dR += dqᵀ h.
  func addGradient(_ dq: In, _ h: In, rows: Int, stride: Int) {
    if isDiagonal {
      for gate in 0..<gates { addDiagonal(dq + gate * units, h, gate * units, rows, stride) }
      return
    }
    forEachBlock { first, column, height in
      context.multiply(
        height, size, rows, .transposed(dq + first, columns: stride),
        .plain(h + column, columns: units), into: weight.gradient + first * size, row: size,
        accumulate: true)
    }
  }

  @_specialize(where Scalar == Float)
  private func addDiagonal(_ dq: In, _ h: In, _ first: Int, _ rows: Int, _ stride: Int) {
    for row in 0..<rows {
      for i in 0..<units {
        weight.gradient[first + i] += dq[row * stride + i] * h[row * units + i]
      }
    }
  }

  /// A block of a gate: its first row of R, its first unit, its rows. Where all is one block, the gates are
  /// one too.
  private func forEachBlock(_ body: (_ first: Int, _ column: Int, _ height: Int) -> Void) {
    if isFull { return body(0, 0, gates * units) }
    for gate in 0..<gates {
      for column in stride(from: 0, to: units, by: size) {
        body(gate * units + column, column, size)
      }
    }
  }
}
