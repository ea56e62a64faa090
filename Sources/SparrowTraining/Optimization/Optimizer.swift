import CSparrow
import Sparrow

/// The optimiser of a run.
final class Optimizer<Scalar: TrainingScalar> {
  private let options: OptimizationOptions
  private let parameters: [Parameter<Scalar>]
  private let context: TrainingContext<Scalar>
  /// Running mean of the global gradient norm; nil before the first step.
  var meanGradientNorm: Double?

  init(
    _ options: OptimizationOptions, _ parameters: [Parameter<Scalar>],
    context: TrainingContext<Scalar>
  ) {
    self.options = options
    self.parameters = parameters
    self.context = context
  }

  /// Updates every parameter by its gradient.
  ///
  /// - Parameters:
  ///   - step: The step, counted from 0.
  ///   - steps: The number of steps of the run.
  ///   - rateFactor: A factor on the learning rates at this step.
  /// - Returns: The global gradient norm before clipping.
  /// - Throws: `TrainingError.diverged` if the norm is not finite; no parameter has changed then.
  func update(
    step: Int, of steps: Int, rateFactor: Double = 1
  ) throws(TrainingError) -> Double {
    let learned = parameters.filter(\.isLearned)
    let squares = learned.reduce(0) { $0 + context.sumOfSquares($1.gradient, $1.count) }
    let norm = squares.squareRoot()
    guard norm.isFinite else { throw .diverged(step: step, what: "the gradient is not finite") }

    let mean = meanGradientNorm ?? norm
    let bound = min(options.clippingFactor * mean, options.maximumGradientNorm ?? .infinity)
    let scale = norm > bound ? bound / norm : 1
    meanGradientNorm = mean + 0.02 * (min(norm, bound) - mean)

    let rate = rateFactor * options.schedule(step: step, of: steps)
    for parameter in learned {
      let isStateSpace =
        parameter.description.role == .stateSpace
        || parameter.description.role == .stateSpaceMatrix
      let ownRate = rate * (isStateSpace ? options.stateSpaceLearningRate : options.learningRate)
      let decay = parameter.description.role == .weight ? options.weightDecay : 0
      switch options.optimizer ?? .adamW {
      case .adamW: adam(parameter, rate: ownRate, decay: decay, scale: scale, step: step)
      case .sgd:
        context.pointwise(parameter.count) { start, count in
          context.kernels.descend(
            count, ownRate * scale, 1 - ownRate * decay, parameter.gradient + start,
            parameter.moved + start)
        }
      }
    }
    average(step: step)
    return norm
  }

  private func adam(
    _ parameter: Parameter<Scalar>, rate: Double, decay: Double, scale: Double, step: Int
  ) {
    var adam = sparrow_adam()
    adam.rate = rate
    adam.weight_decay = decay
    adam.beta1 = options.beta1
    adam.beta2 = options.beta2
    adam.epsilon = options.epsilon
    adam.beta1_power = power(options.beta1, step + 1)
    adam.beta2_power = power(options.beta2, step + 1)
    adam.gradient_scale = scale
    context.pointwise(parameter.count) { [adam] start, count in
      var adam = adam
      context.kernels.adam(
        count, &adam, parameter.gradient + start, parameter.firstMoment + start,
        parameter.secondMoment + start, parameter.moved + start)
    }
  }

  /// Running mean of the parameters (Polyak and Juditsky 1992), shorter at the beginning so that
  /// the first values are soon forgotten.
  private func average(step: Int) {
    guard options.emaDecay > 0 else { return }
    let keep = min(options.emaDecay, Double(1 + step) / Double(10 + step))
    for parameter in parameters {
      context.pointwise(parameter.count) { start, count in
        context.kernels.approach(
          count, 1 - keep, parameter.moved + start, parameter.average + start)
      }
    }
  }
}
