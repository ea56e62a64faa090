import Sparrow

/// A causal convolution in time. x: [rows, D], y: [rows, outputs]; of each group a product of the
/// taps' frames side by side, [rows, k D / g], with the group's rows of W. A pass that goes on from
/// another one begins with the frames that the other one ended with; gradients end there.
final class Convolution<Scalar: TrainingScalar>: TrainableLayer, StatefulLayer {
  let context: TrainingContext<Scalar>
  private let layer: ConvolutionLayer
  private let weight: Parameter<Scalar>
  private let bias: Parameter<Scalar>
  private let width: Int
  private let y = Buffer<Scalar>()
  private let dx = Buffer<Scalar>()
  /// Of each group, the taps' frames of each row; and their gradient.
  private let taps = Buffer<Scalar>()
  private let tapGradients = Buffer<Scalar>()

  static var stateNames: [String] { ["frames"] }
  /// The last frames of all clips, from the oldest to the newest.
  var state: CarriedState<Scalar>?

  init(
    _ context: TrainingContext<Scalar>, _ layer: ConvolutionLayer,
    _ parameters: [Parameter<Scalar>], width: Int
  ) {
    self.context = context
    self.layer = layer
    self.width = width
    (weight, bias) = (parameters[0], parameters[1])
  }

  var parameters: [Parameter<Scalar>] { [weight, bias] }

  private var own: Int { width / layer.groups }
  private var outputs: Int { layer.outputs / layer.groups }
  private var columns: Int { layer.kernel * own }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    let taps = taps.take(layer.groups * x.rows * columns)
    gather(x, history(of: x, pass), taps)
    let y = x.with(y.take(x.rows * layer.outputs), width: layer.outputs)
    for group in 0..<layer.groups {
      context.multiply(
        x.rows, outputs, columns, .plain(taps + group * x.rows * columns, columns: columns),
        .transposed(weight.value + group * outputs * columns, columns: columns),
        into: y.values + group * outputs, row: layer.outputs,
        bias: UnsafePointer(bias.value + group * outputs))
    }
    return y
  }

  /// The frames before the first one of a pass: `layer.history` steps of all clips.
  private func history(of x: Activations<Scalar>, _ pass: TrainingPass) -> [Scalar] {
    let count = layer.history * x.clips * width
    let last = pass.continues ? state?.vectors["frames"] : nil
    let before = last?.count == count ? last! : Array(repeating: 0, count: count)
    let all = before + UnsafeBufferPointer(start: x.values, count: x.count)
    let steps = last?.count == count ? state?.steps ?? 0 : 0
    state = CarriedState(vectors: ["frames": Array(all.suffix(count))], steps: steps + x.steps)
    return before
  }

  @_specialize(where Scalar == Float)
  private func gather(
    _ x: Activations<Scalar>, _ history: [Scalar], _ taps: UnsafeMutablePointer<Scalar>
  ) {
    history.withUnsafeBufferPointer { history in
      context.rowwise(x.rows) { start, count in
        for row in start..<start + count {
          for tap in 0..<layer.kernel {
            let from = row - (layer.kernel - 1 - tap) * layer.dilation * x.clips
            let frame =
              from >= 0
              ? UnsafePointer(x.row(from))
              : history.baseAddress! + (from + layer.history * x.clips) * width
            for group in 0..<layer.groups {
              (taps + (group * x.rows + row) * columns + tap * own)
                .update(from: frame + group * own, count: own)
            }
          }
        }
      }
    }
  }

  /// dW += dyᵀ taps and db += Σ dy of each group; dx gathers what the taps' gradients dy W say of
  /// each frame.
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    let taps = taps.take(layer.groups * dy.rows * columns)
    let gradients = tapGradients.take(layer.groups * dy.rows * columns)
    for group in 0..<layer.groups {
      let first = group * outputs
      let own = TrainingContext<Scalar>.Operand(
        values: UnsafePointer(dy.values + first), row: layer.outputs, column: 1)
      let ownTransposed = TrainingContext<Scalar>.Operand(
        values: UnsafePointer(dy.values + first), row: 1, column: layer.outputs)
      context.multiply(
        outputs, columns, dy.rows, ownTransposed,
        .plain(taps + group * dy.rows * columns, columns: columns),
        into: weight.gradient + first * columns, accumulate: true)
      context.multiply(
        dy.rows, columns, outputs, own,
        .plain(weight.value + first * columns, columns: columns),
        into: gradients + group * dy.rows * columns)
    }
    let sums = context.columnSums(dy.values, rows: dy.rows, columns: layer.outputs)
    for i in 0..<layer.outputs { bias.gradient[i] += Scalar(sums[i]) }
    let dx = dy.with(dx.zeroed(dy.rows * width), width: width)
    scatter(gradients, dx)
    return dx
  }

  @_specialize(where Scalar == Float)
  private func scatter(_ gradients: UnsafePointer<Scalar>, _ dx: Activations<Scalar>) {
    context.rowwise(dx.rows) { start, count in
      for row in start..<start + count {
        for tap in 0..<layer.kernel {
          let reader = row + (layer.kernel - 1 - tap) * layer.dilation * dx.clips
          guard reader < dx.rows else { continue }
          for group in 0..<layer.groups {
            let from = gradients + (group * dx.rows + reader) * columns + tap * own
            let to = dx.row(row) + group * own
            for i in 0..<own { to[i] += from[i] }
          }
        }
      }
    }
  }
}

extension ConvolutionLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    let layer = Convolution(
      builder.context, self, builder.parameters(of: place), width: place.width)
    builder.statefulLayers.append(layer)
    return [layer]
  }

  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    initializer.setMatrices(of: place)
  }
}
