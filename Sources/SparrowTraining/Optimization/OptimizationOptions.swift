import Sparrow

/// How parameters are moved: by AdamW or plain gradient descent, with a rate for state-space parameters and one
/// for the rest, a linear warm-up, a cosine to zero, and clipping by the gradient's usual size or a given one.
public struct OptimizationOptions: Sendable, Codable, Equatable {
  public enum Method: String, Sendable, Codable {
    /// Loshchilov and Hutter (2019).
    case adamW
    /// Stochastic gradient descent without momentum: what recurrent language models generalise best with.
    case sgd
  }

  /// nil for ``Method/adamW``.
  public var method: Method?
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
  /// Gradients longer than this are shortened to it, whatever their usual length; nil for no such bound.
  public var longestGradient: Double?
  /// What of the averaged parameters stays from step to step; 0 for no averaging. The average is what
  /// is validated and kept.
  public var averaging = 0.998

  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    method = try values.decodeIfPresent(Method.self, forKey: .method)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    stateSpaceLearningRate = try values.decode(Double.self, forKey: .stateSpaceLearningRate)
    weightDecay = try values.decode(Double.self, forKey: .weightDecay)
    beta1 = try values.decode(Double.self, forKey: .beta1)
    beta2 = try values.decode(Double.self, forKey: .beta2)
    epsilon = try values.decode(Double.self, forKey: .epsilon)
    warmUp = try values.decode(Double.self, forKey: .warmUp)
    clipping = try values.decode(Double.self, forKey: .clipping)
    longestGradient = try values.decodeIfPresent(Double.self, forKey: .longestGradient)
    averaging = try values.decode(Double.self, forKey: .averaging)
  }

  package func validate() throws(TrainingError) {
    func require(_ condition: Bool, _ what: String) throws(TrainingError) {
      guard condition else { throw .recipe("optimization: \(what)") }
    }
    try require(learningRate > 0 && stateSpaceLearningRate > 0, "learning rates are positive")
    try require(weightDecay >= 0 && weightDecay < 1, "the weight decay is from 0 to 1")
    try require((0..<1).contains(beta1) && (0..<1).contains(beta2), "betas are from 0 to 1")
    try require(epsilon > 0, "epsilon is positive")
    try require((0...1).contains(warmUp), "the warm-up is a share from 0 to 1")
    try require(clipping > 1, "clipping is more than 1")
    try require(longestGradient.map { $0 > 0 } ?? true, "the longest gradient is longer than 0")
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
