import Sparrow

/// q = h Rᵀ + c of a recurrent structure: R of some gates, blocks alone. h, q: rows of units, and
/// of a gate's units after the other; q's rows may be apart. Units are in the order in which blocks
/// see them.
///
/// A pass makes products with the same R at every step, or with what is left of it after some was
/// dropped, so it is packed once, by ``beginForward(_:)`` and ``beginBackward()``; then workers
/// make their products, each by itself.
final class RecurrentProduct<Scalar: TrainingScalar> {
  private let context: TrainingContext<Scalar>
  private let weight: DropConnect<Scalar>
  private let units: Int
  private let gates: Int
  /// Units of a block.
  private let size: Int
  private let buffer = Buffer<Scalar>()
  private var packed: In?
  /// The weights of the pass's products; they do not change until its backward pass has
  /// ended.
  private var weights: In?

  typealias In = UnsafePointer<Scalar>
  typealias Out = UnsafeMutablePointer<Scalar>

  init(
    _ context: TrainingContext<Scalar>, _ weight: DropConnect<Scalar>, units: Int, gates: Int,
    blockSize: Int
  ) {
    self.context = context
    self.weight = weight
    self.units = units
    self.gates = gates
    size = blockSize
  }

  private var isFull: Bool { size == units }
  private var isDiagonal: Bool { size == 1 && units > 1 }

  // MARK: Forward

  func beginForward(_ pass: TrainingPass) {
    let weights = weight.values(pass)
    self.weights = weights
    if isDiagonal { return }
    pack(height, size) { .transposed(weights + $0 * size, columns: size) }
  }

  /// - Parameter stride: from one row of q to the next.
  @_specialize(where Scalar == Float)
  func forward(_ h: In, rows: Int, into q: Out, stride: Int, bias: In, worker: Int) {
    guard let weights else { preconditionFailure("a product before its pass") }
    if isDiagonal {
      for row in 0..<rows {
        let (h, q) = (h + row * units, q + row * stride)
        for gate in 0..<gates {
          let first = gate * units
          for i in 0..<units { q[first + i] = weights[first + i] * h[i] + bias[first + i] }
        }
      }
      return
    }
    guard let packed else { preconditionFailure("a product of what is not packed") }
    let packedBlock = context.products.packedSize(height, size)
    forEachBlock { index, first, column in
      context.multiplyPacked(
        rows, height, size, .plain(h + column, columns: units),
        packed + index * packedBlock, into: q + first, row: stride, bias: bias + first,
        worker: worker)
    }
  }

  // MARK: Backward

  func beginBackward() {
    guard !isDiagonal, let weights else { return }
    pack(size, height) { .plain(weights + $0 * size, columns: size) }
  }

  /// dh += dq R.
  @_specialize(where Scalar == Float)
  func backward(_ dq: In, rows: Int, stride: Int, into dh: Out, worker: Int) {
    guard let weights else { preconditionFailure("a product before its pass") }
    if isDiagonal {
      for row in 0..<rows {
        let (dq, dh) = (dq + row * stride, dh + row * units)
        for gate in 0..<gates {
          for i in 0..<units { dh[i] += dq[gate * units + i] * weights[gate * units + i] }
        }
      }
      return
    }
    guard let packed else { preconditionFailure("a product of what is not packed") }
    let packedBlock = context.products.packedSize(size, height)
    forEachBlock { index, first, column in
      context.multiplyPacked(
        rows, size, height, .plain(dq + first, columns: stride),
        packed + index * packedBlock, into: dh + column, row: units, accumulate: true,
        worker: worker)
    }
  }

  /// dR += dqᵀ h, of all steps at once.
  func addGradient(_ dq: In, _ h: In, rows: Int, stride: Int) {
    weight.addGradient { gradient in
      if isDiagonal {
        for gate in 0..<gates {
          let first = gate * units
          addDiagonal(dq + first, h, rows, stride, to: gradient + first)
        }
        return
      }
      forEachBlock { _, first, column in
        context.multiply(
          height, size, rows, .transposed(dq + first, columns: stride),
          .plain(h + column, columns: units), into: gradient + first * size, row: size,
          accumulate: true)
      }
    }
  }

  @_specialize(where Scalar == Float)
  private func addDiagonal(_ dq: In, _ h: In, _ rows: Int, _ stride: Int, to gradient: Out) {
    for row in 0..<rows {
      for i in 0..<units { gradient[i] += dq[row * stride + i] * h[row * units + i] }
    }
  }

  // MARK: Blocks

  /// Rows of R in a block. Where all is one block, the gates are one too.
  private var height: Int { isFull ? gates * units : size }

  /// A block of a gate: its number, its first row of R, its first unit.
  private func forEachBlock(_ body: (_ index: Int, _ first: Int, _ column: Int) -> Void) {
    if isFull { return body(0, 0, 0) }
    for first in stride(from: 0, to: gates * units, by: size) {
      body(first / size, first, first % units)
    }
  }

  /// Packs what is multiplied by in each block, one after the other.
  private func pack(_ n: Int, _ k: Int, _ b: (_ first: Int) -> TrainingContext<Scalar>.Operand) {
    let size = context.products.packedSize(n, k)
    let memory = buffer.take(gates * units / height * size)
    packed = In(memory)
    forEachBlock { index, first, _ in context.pack(n, k, b(first), into: memory + index * size) }
  }
}
