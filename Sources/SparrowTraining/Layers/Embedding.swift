import Sparrow

/// Rows of a matrix W [words, width] by their index: x: [rows, 1], indices as numbers; y: [rows,
/// width].
///
/// In training whole words may be dropped: their rows are zero for a pass, the others divided by
/// what is left (Gal and Ghahramani 2016).
final class Embedding<Scalar: TrainingScalar>: TrainableLayer {
  /// Of another layer, which gives it to the optimiser; both add to its gradient.
  private let weight: Parameter<Scalar>
  private let words: Int
  private let width: Int
  private let dropout: Double
  /// The factor of each word's row.
  private let scale = Buffer<Scalar>()
  private let y = Buffer<Scalar>()
  private var x: Activations<Scalar>?

  /// - Parameter dropout: share of words that are dropped.
  init(_ weight: Parameter<Scalar>, dropout: Double) {
    self.weight = weight
    self.dropout = dropout
    words = weight.description.shape[0]
    width = weight.description.shape[1]
  }

  var parameters: [Parameter<Scalar>] { [] }

  @_specialize(where Scalar == Float)
  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    precondition(x.width == 1, "an index a row")
    self.x = x
    let scale = scale.take(words)
    drawScale(pass, scale)
    let y = x.with(y.take(x.rows * width), width: width)
    for row in 0..<x.rows {
      let word = Int(x.values[row])
      let from = weight.value + word * width
      let to = y.row(row)
      for i in 0..<width { to[i] = scale[word] * from[i] }
    }
    return y
  }

  private func drawScale(_ pass: TrainingPass, _ scale: UnsafeMutablePointer<Scalar>) {
    guard pass.isTraining, dropout > 0 else {
      return scale.update(repeating: 1, count: words)
    }
    var random = RandomNumbers(seed: pass.seed, stream: 0x3bed)
    let kept = Scalar(1 / (1 - dropout))
    for word in 0..<words { scale[word] = random.uniform() < dropout ? 0 : kept }
  }

  /// - Returns: nothing that makes sense: an index has no gradient.
  @_specialize(where Scalar == Float)
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let x else { preconditionFailure("backward before forward") }
    let scale = scale.take(words)
    for row in 0..<x.rows {
      let word = Int(x.values[row])
      guard scale[word] != 0 else { continue }
      let from = dy.row(row)
      let to = weight.gradient + word * width
      for i in 0..<width { to[i] += scale[word] * from[i] }
    }
    return x
  }
}
