import Sparrow

/// Batch normalisation over clips and time: y = scale (x - mean) / sqrt(variance + epsilon) +
/// shift, each column on its own. In training the moments are the batch's, and the stored ones
/// follow them.
final class Normalization<Scalar: TrainingScalar>: TrainableLayer {
  /// Share of the batch's moments in the stored ones, each pass.
  static var momentum: Double { 0.05 }

  let context: TrainingContext<Scalar>
  let scale: Parameter<Scalar>
  let shift: Parameter<Scalar>
  let mean: Parameter<Scalar>
  let variance: Parameter<Scalar>
  private let y = Buffer<Scalar>()
  private let coefficients = Buffer<Scalar>()
  private var x: Activations<Scalar>?
  private var batchMean: [Double] = []
  private var inverseDeviation: [Double] = []
  private var usesBatch = false

  /// - Parameter parameters: scale, shift, mean, variance.
  init(_ context: TrainingContext<Scalar>, _ parameters: [Parameter<Scalar>]) {
    self.context = context
    (scale, shift) = (parameters[0], parameters[1])
    (mean, variance) = (parameters[2], parameters[3])
  }

  var parameters: [Parameter<Scalar>] { [scale, shift, mean, variance] }

  @_specialize(where Scalar == Float)
  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    self.x = x
    usesBatch = pass.isTraining
    let width = x.width
    let rows = Double(x.rows)
    var moments = (0..<width).map { (Double(mean.value[$0]), Double(variance.value[$0])) }
    if pass.isTraining {
      let sums = context.columnSums(x.values, rows: x.rows, columns: width)
      let squares = context.columnSums(
        x.values, times: x.values, rows: x.rows, columns: width)
      for i in 0..<width {
        let batchMean = sums[i] / rows
        let batchVariance = max(squares[i] / rows - batchMean * batchMean, 0)
        moments[i] = (batchMean, batchVariance)
        mean.value[i] += Scalar(Self.momentum * (batchMean - Double(mean.value[i])))
        variance.value[i] += Scalar(Self.momentum * (batchVariance - Double(variance.value[i])))
      }
    }
    batchMean = moments.map(\.0)
    let epsilon = Double(NormalizationLayer.epsilon)
    inverseDeviation = moments.map { 1 / ($0.1 + epsilon).squareRoot() }

    let factor = coefficients.take(2 * width)
    let offset = factor + width
    for i in 0..<width {
      let slope = Double(scale.value[i]) * inverseDeviation[i]
      factor[i] = Scalar(slope)
      offset[i] = Scalar(Double(shift.value[i]) - batchMean[i] * slope)
    }
    let y = x.with(y.take(x.count), width: width)
    context.rowwise(x.rows) { start, count in
      context.kernels.affine(count, width, x.row(start), factor, offset, y.row(start))
    }
    return y
  }

  /// With x̂ = (x - mean) / deviation and n rows:
  /// dscale = Σ dy x̂, dshift = Σ dy, dx = scale / deviation (dy - dshift / n - x̂ dscale / n).
  @_specialize(where Scalar == Float)
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let x else { preconditionFailure("backward before forward") }
    let width = x.width
    let rows = Double(x.rows)
    let dShift = context.columnSums(dy.values, rows: x.rows, columns: width)
    let products = context.columnSums(dy.values, times: x.values, rows: x.rows, columns: width)
    let p = coefficients.take(3 * width)
    let q = p + width
    let r = q + width
    for i in 0..<width {
      let dScale = (products[i] - batchMean[i] * dShift[i]) * inverseDeviation[i]
      scale.gradient[i] += Scalar(dScale)
      shift.gradient[i] += Scalar(dShift[i])
      let slope = Double(scale.value[i]) * inverseDeviation[i]
      p[i] = Scalar(slope)
      // The last two terms, as a multiple of x and a constant; none where moments are stored ones.
      let perX = usesBatch ? -slope * dScale * inverseDeviation[i] / rows : 0
      q[i] = Scalar(perX)
      r[i] = usesBatch ? Scalar(-slope * dShift[i] / rows - perX * batchMean[i]) : 0
    }
    context.rowwise(x.rows) { start, count in
      context.kernels.combine(count, width, p, x.row(start), q, r, dy.row(start))
    }
    return dy
  }
}

extension NormalizationLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    try builder.requireSinglePrecision(
      "quantisation-aware training through a normalisation (\(place.path)); fold it first")
    return [Normalization(builder.context, builder.parameters(of: place))]
  }

  /// The identity.
  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    for (name, value) in [("scale", 1), ("shift", 0), ("mean", 0), ("variance", 1)]
      as [(String, Float)]
    {
      initializer.parameters["\(place.path).\(name)"] = Tensor(
        shape: [place.width], repeating: value)
    }
  }
}
