import Sparrow
import SparrowTraining

/// Data augmentation of a signal before it is mixed. A recipe gives all four values or none.
public struct SignalVariation: Codable, Equatable, Sendable {
  /// Maximum gain and attenuation of a random equaliser, in dB.
  public var equalization: Double
  /// Probability of equalisation.
  public var equalizationProbability: Double
  /// Maximum relative change of speed and pitch: 0.1 for factors from 0.9 to 1.1, log-uniformly
  /// distributed.
  public var speed: Double
  /// Probability of a change of speed.
  public var speedProbability: Double

  /// A variation.
  public init(
    equalization: Double, equalizationProbability: Double, speed: Double, speedProbability: Double
  ) {
    self.equalization = equalization
    self.equalizationProbability = equalizationProbability
    self.speed = speed
    self.speedProbability = speedProbability
  }

  /// Reads an object with all keys; unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    equalization = try values.decode(Double.self, forKey: .equalization)
    equalizationProbability = try values.decode(Double.self, forKey: .equalizationProbability)
    speed = try values.decode(Double.self, forKey: .speed)
    speedProbability = try values.decode(Double.self, forKey: .speedProbability)
  }

  /// No variation.
  public static let none = SignalVariation(
    equalization: 0, equalizationProbability: 0, speed: 0, speedProbability: 0)

  /// - Parameter section: The section of the recipe, for errors.
  func validate(_ section: String) throws(TrainingError) {
    guard (0...60).contains(equalization) else {
      throw .recipe("\(section): equalization is from 0 to 60 dB")
    }
    guard (0...0.5).contains(speed) else {
      throw .recipe("\(section): changes of speed are from 0 to 0.5")
    }
    guard (0...1).contains(equalizationProbability), (0...1).contains(speedProbability) else {
      throw .recipe("\(section): probabilities are from 0 to 1")
    }
  }
}
