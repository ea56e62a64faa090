import CSparrow
import Sparrow

/// How parameters are moved: AdamW with a rate for state-space parameters and one for the rest, a linear
/// warm-up, a cosine to zero, and clipping by the gradient's usual size.
public struct OptimizationOptions: Sendable, Codable, Equatable {
  /// Of weights, biases and normalisations.
  public var learningRate = 4e-3
  /// Of a state-space layer's own parameters, which have no decay.
  public var stateSpaceLearningRate = 1e-3
  /// Of weights, each step, times the learning rate.
  public var weightDecay = 0.04
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  /// Share of all steps over which the rates rise from zero.
  public var warmUp = 0.04
  /// Gradients longer than this many times their running mean length are shortened to it.
  public var clipping = 2.0
  /// What of the averaged parameters stays from step to step; 0 for no averaging. The average is what
  /// is validated and kept.
  public var averaging = 0.998

  public init() {}

  func validate() throws(TrainingError) {
    func require(_ condition: Bool, _ what: String) throws(TrainingError) {
      guard condition else { throw .recipe("optimization: \(what)") }
    }
    try require(learningRate > 0 && stateSpaceLearningRate > 0, "learning rates are positive")
    try require(weightDecay >= 0 && weightDecay < 1, "the weight decay is from 0 to 1")
    try require((0..<1).contains(beta1) && (0..<1).contains(beta2), "betas are from 0 to 1")
    try require(epsilon > 0, "epsilon is positive")
    try require((0...1).contains(warmUp), "the warm-up is a share from 0 to 1")
    try require(clipping > 1, "clipping is more than 1")
    try require((0..<1).contains(averaging), "averaging is from 0 to 1")
  }

  /// What the rates are multiplied by at a step, counted from 0.
  func schedule(step: Int, of steps: Int) -> Double {
    let warm = warmUp * Double(steps)
    let warmth = warm > 0 ? min(1, Double(step + 1) / warm) : 1
    let progress = max(0, (Double(step) - warm) / max(1, Double(steps) - warm))
    return warmth * 0.5 * (1 + cosine(.pi * min(progress, 1)))
  }
}

/// The optimiser of a run.
final class AdamW<Scalar: TrainingScalar> {
  private let options: OptimizationOptions
  private let parameters: [Parameter<Scalar>]
  private let context: TrainingContext<Scalar>
  /// Running mean of the gradient's length; nil before the first step.
  var usualLength: Double?

  init(
    _ options: OptimizationOptions, _ parameters: [Parameter<Scalar>],
    context: TrainingContext<Scalar>
  ) {
    self.options = options
    self.parameters = parameters
    self.context = context
  }

  /// Moves every parameter against its gradient.
  ///
  /// - Parameters:
  ///   - step: counted from 0. steps: how many there will be.
  ///   - rateFactor: what the rates are multiplied by at this step.
  /// - Returns: the gradient's length before clipping.
  /// - Throws: where it is infinite or undefined; nothing has moved then.
  func update(
    step: Int, of steps: Int, rateFactor: Double = 1
  ) throws(TrainingError) -> Double {
    let learned = parameters.filter(\.isLearned)
    let squares = learned.reduce(0) { $0 + context.sumOfSquares($1.gradient, $1.count) }
    let length = squares.squareRoot()
    guard length.isFinite else { throw .diverged(step: step, what: "the gradient is not finite") }

    let usual = usualLength ?? length
    let bound = options.clipping * usual
    let scale = length > bound ? bound / length : 1
    usualLength = usual + 0.02 * (min(length, bound) - usual)

    let rate = rateFactor * options.schedule(step: step, of: steps)
    for parameter in learned {
      let isStateSpace =
        parameter.description.role == .stateSpace
        || parameter.description.role == .stateSpaceMatrix
      var adam = sparrow_adam()
      adam.rate = rate * (isStateSpace ? options.stateSpaceLearningRate : options.learningRate)
      adam.weight_decay = parameter.description.role == .weight ? options.weightDecay : 0
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
    average(step: step)
    return length
  }

  /// Running mean of the parameters (Polyak and Juditsky 1992), shorter at the beginning so that the
  /// first values are soon forgotten.
  private func average(step: Int) {
    guard options.averaging > 0 else { return }
    let keep = min(options.averaging, Double(1 + step) / Double(10 + step))
    for parameter in parameters {
      context.pointwise(parameter.count) { start, count in
        context.kernels.approach(
          count, 1 - keep, parameter.moved + start, parameter.average + start)
      }
    }
  }
}
