import Sparrow
import SparrowTraining

/// Composition of training streams. Keys that a recipe leaves out have the values here.
public struct StreamOptions: Codable, Equatable, Sendable {
  /// Batches that a stream lasts for: each goes on where the one before ended, with the state that
  /// the network had there. Then all streams begin anew.
  public var batches = 8
  /// Seconds of a scene: one voice in one room with one noise, or a part of that. Their logarithms
  /// are evenly spread.
  public var scene: ClosedRange<Double> = 1...8
  /// Of digital silence between two scenes, and before the first.
  public var gapProbability = 0.35
  /// Seconds of digital silence; their logarithms are evenly spread.
  public var gap: ClosedRange<Double> = 0.008...4
  /// Of a step of the level in the middle of a scene.
  public var stepProbability = 0.15
  /// dB, up or down.
  public var step: ClosedRange<Double> = 6...30
  /// Of a scene without speech.
  public var noiseProbability = 0.06
  /// The probability of a scene with next to no noise.
  public var cleanProbability = 0.08
  /// dB; signal-to-noise ratios of scenes with next to no noise.
  public var cleanSNR: ClosedRange<Double> = 35...60
  /// Of a scene without its high frequencies, as from a telephone.
  public var bandLimitProbability = 0.12
  /// Of a few samples of full scale in a scene.
  public var clickProbability = 0.08

  /// The defaults.
  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func decode<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try decode(.batches, &batches)
    try decode(.scene, &scene)
    try decode(.gapProbability, &gapProbability)
    try decode(.gap, &gap)
    try decode(.stepProbability, &stepProbability)
    try decode(.step, &step)
    try decode(.noiseProbability, &noiseProbability)
    try decode(.cleanProbability, &cleanProbability)
    try decode(.cleanSNR, &cleanSNR)
    try decode(.bandLimitProbability, &bandLimitProbability)
    try decode(.clickProbability, &clickProbability)
  }

  func validate() throws(TrainingError) {
    func require(_ condition: Bool, _ what: String) throws(TrainingError) {
      guard condition else { throw .recipe("streams: \(what)") }
    }
    try require((1...1000).contains(batches), "a stream lasts for 1 to 1000 batches")
    try require(
      scene.lowerBound >= 0.2 && scene.upperBound <= 600, "scenes last from 0.2 to 600 seconds")
    try require(
      gap.lowerBound >= 0.001 && gap.upperBound <= 600, "gaps last from 0.001 to 600 seconds")
    try require(Levels.contain(step, cleanSNR), "steps and ratios are from -200 to 200 dB")
    let probabilities = [
      gapProbability, stepProbability, noiseProbability, cleanProbability, bandLimitProbability,
      clickProbability,
    ]
    try require(
      probabilities.allSatisfy { (0...1).contains($0) }
        && noiseProbability + cleanProbability <= 1, "probabilities are from 0 to 1")
  }
}
