import Sparrow

/// Layer normalisation, each row on its own: y = scale ⊙ x̂ + shift, x̂ = (x - m) / √(v + ε) or x /
/// √(mean of x² + ε). x, y: [rows, width].
final class LayerNormalization<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  private let layer: LayerNormalizationLayer
  private let scale: Parameter<Scalar>
  private let shift: Parameter<Scalar>
  private let y = Buffer<Scalar>()
  /// x̂, and 1 / √(v + ε) of each row.
  private let normal = Buffer<Scalar>()
  private let factors = Buffer<Scalar>()

  /// - Parameter parameters: scale, shift.
  init(
    _ context: TrainingContext<Scalar>, _ layer: LayerNormalizationLayer,
    _ parameters: [Parameter<Scalar>]
  ) {
    self.context = context
    self.layer = layer
    (scale, shift) = (parameters[0], parameters[1])
  }

  var parameters: [Parameter<Scalar>] { [scale, shift] }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    let y = x.with(y.take(x.count), width: x.width)
    let normal = x.with(normal.take(x.count), width: x.width)
    let factors = factors.take(x.rows)
    context.rowwise(x.rows) { start, count in
      for row in start..<start + count {
        factors[row] = normalize(x.row(row), normal.row(row), y.row(row), x.width)
      }
    }
    return y
  }

  @_specialize(where Scalar == Float)
  private func normalize(
    _ x: UnsafePointer<Scalar>, _ normal: UnsafeMutablePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, _ width: Int
  ) -> Scalar {
    var mean: Scalar = 0
    if layer.centers {
      for i in 0..<width { mean += x[i] }
      mean /= Scalar(width)
    }
    var squares: Scalar = 0
    for i in 0..<width { squares += (x[i] - mean) * (x[i] - mean) }
    let factor = 1 / (squares / Scalar(width) + Scalar(layer.epsilon)).squareRoot()
    for i in 0..<width {
      normal[i] = (x[i] - mean) * factor
      y[i] = scale.value[i] * normal[i] + shift.value[i]
    }
    return factor
  }

  /// With g = scale ⊙ dy: dscale = Σ dy ⊙ x̂, dshift = Σ dy, and of each row
  /// dx = (g - mean of g - x̂ mean of g ⊙ x̂) / √(v + ε), without the mean of g where nothing is
  /// centred.
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    let width = dy.width
    let normal = dy.with(normal.take(dy.count), width: width)
    let factors = factors.take(dy.rows)
    let dShift = context.columnSums(dy.values, rows: dy.rows, columns: width)
    for i in 0..<width { shift.gradient[i] += Scalar(dShift[i]) }
    let dScale = context.columnSums(
      dy.values, times: normal.values, rows: dy.rows, columns: width)
    for i in 0..<width { scale.gradient[i] += Scalar(dScale[i]) }
    context.rowwise(dy.rows) { start, count in
      for row in start..<start + count {
        differentiate(dy.row(row), normal.row(row), factors[row], width)
      }
    }
    return dy
  }

  @_specialize(where Scalar == Float)
  private func differentiate(
    _ dy: UnsafeMutablePointer<Scalar>, _ normal: UnsafePointer<Scalar>, _ factor: Scalar,
    _ width: Int
  ) {
    var sum: Scalar = 0
    var product: Scalar = 0
    for i in 0..<width {
      dy[i] *= scale.value[i]
      sum += dy[i]
      product += dy[i] * normal[i]
    }
    let mean = layer.centers ? sum / Scalar(width) : 0
    let slope = product / Scalar(width)
    for i in 0..<width { dy[i] = (dy[i] - mean - normal[i] * slope) * factor }
  }
}

extension LayerNormalizationLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    [LayerNormalization(builder.context, self, builder.parameters(of: place))]
  }

  /// Scales of one, shifts of zero.
  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    for (name, value) in [("scale", 1), ("shift", 0)] as [(String, Float)] {
      initializer.parameters["\(place.path).\(name)"] = Tensor(
        shape: [place.width], repeating: value)
    }
  }
}
