import Sparrow

/// The optimiser and its hyperparameters: AdamW or plain gradient descent, one learning rate for
/// state-space parameters and one for the others, linear warm-up and cosine decay to zero, gradient
/// clipping, and an exponential moving average of the parameters.
public struct OptimizationOptions: Sendable, Codable, Equatable {
  /// The update rule.
  public enum Optimizer: String, Sendable, Codable {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019).
    case adamW
    /// Stochastic gradient descent without momentum, with which recurrent language models
    /// generalise best (Merity et al. 2018).
    case sgd
  }

  /// The update rule; nil for ``Optimizer/adamW``.
  public var optimizer: Optimizer?
  /// Learning rate of weights, biases and normalisations; positive.
  public var learningRate = 4e-3
  /// Learning rate of a state-space layer's own parameters, which have no weight decay; positive.
  public var stateSpaceLearningRate = 1e-3
  /// Decay of weights a step, multiplied by the learning rate; from 0 to less than 1.
  public var weightDecay = 0.04
  /// Decay of AdamW's running mean of gradients; from 0 to less than 1.
  public var beta1 = 0.9
  /// Decay of AdamW's running mean of squared gradients; from 0 to less than 1.
  public var beta2 = 0.999
  /// Added to the denominator of AdamW; positive.
  public var epsilon = 1e-8
  /// Fraction of all steps over which the learning rates rise linearly from zero; from 0 to 1.
  public var warmupFraction = 0.04
  /// Maximum global gradient norm as a multiple of its own running mean; over 1.
  public var clippingFactor = 2.0
  /// Maximum global gradient norm; nil disables this bound.
  public var maximumGradientNorm: Double?
  /// Decay of the exponential moving average of the parameters; from 0, which disables it, to less
  /// than 1. The averaged parameters are what is validated and saved.
  public var emaDecay = 0.998

  /// The defaults of training a linear recurrent network.
  public init() {}

  /// Reads an object with all keys but `optimizer` and `maximumGradientNorm`; refuses unknown keys.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    optimizer = try values.decodeIfPresent(Optimizer.self, forKey: .optimizer)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    stateSpaceLearningRate = try values.decode(Double.self, forKey: .stateSpaceLearningRate)
    weightDecay = try values.decode(Double.self, forKey: .weightDecay)
    beta1 = try values.decode(Double.self, forKey: .beta1)
    beta2 = try values.decode(Double.self, forKey: .beta2)
    epsilon = try values.decode(Double.self, forKey: .epsilon)
    warmupFraction = try values.decode(Double.self, forKey: .warmupFraction)
    clippingFactor = try values.decode(Double.self, forKey: .clippingFactor)
    maximumGradientNorm = try values.decodeIfPresent(Double.self, forKey: .maximumGradientNorm)
    emaDecay = try values.decode(Double.self, forKey: .emaDecay)
  }

  package func validate() throws(TrainingError) {
    func require(_ condition: Bool, _ what: String) throws(TrainingError) {
      guard condition else { throw .recipe("optimization: \(what)") }
    }
    try require(learningRate > 0 && stateSpaceLearningRate > 0, "learning rates are positive")
    try require(weightDecay >= 0 && weightDecay < 1, "the weight decay is from 0 to less than 1")
    try require(
      (0..<1).contains(beta1) && (0..<1).contains(beta2), "betas are from 0 to less than 1")
    try require(epsilon > 0, "epsilon is positive")
    try require((0...1).contains(warmupFraction), "the warm-up fraction is from 0 to 1")
    try require(clippingFactor > 1, "the clipping factor is over 1")
    try require(maximumGradientNorm.map { $0 > 0 } ?? true, "the maximum gradient norm is over 0")
    try require(
      (0..<1).contains(emaDecay), "the EMA decay is from 0 to less than 1")
  }

  /// The learning rate of weights at a step, counted from 0.
  func rate(step: Int, of steps: Int) -> Double {
    learningRate * schedule(step: step, of: steps)
  }

  /// The factor on the learning rates at a step, counted from 0.
  func schedule(step: Int, of steps: Int) -> Double {
    let warm = warmupFraction * Double(steps)
    let warmth = warm > 0 ? min(1, Double(step + 1) / warm) : 1
    let progress = max(0, (Double(step) - warm) / max(1, Double(steps) - warm))
    return warmth * 0.5 * (1 + cosine(.pi * min(progress, 1)))
  }
}
