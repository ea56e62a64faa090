import Sparrow
import SparrowTraining

/// Changes to a signal before it is mixed. A recipe gives all four or none.
public struct SignalVariation: Codable, Equatable, Sendable {
  /// The largest gain and attenuation of a random equalizer, in dB.
  public var equalization: Double
  public var equalizationProbability: Double
  /// The largest change of speed, and with it of pitch: 0.1 stands for factors from 0.9 to 1.1,
  /// evenly spread by their logarithms.
  public var speed: Double
  public var speedProbability: Double

  public init(
    equalization: Double, equalizationProbability: Double, speed: Double, speedProbability: Double
  ) {
    self.equalization = equalization
    self.equalizationProbability = equalizationProbability
    self.speed = speed
    self.speedProbability = speedProbability
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    equalization = try values.decode(Double.self, forKey: .equalization)
    equalizationProbability = try values.decode(Double.self, forKey: .equalizationProbability)
    speed = try values.decode(Double.self, forKey: .speed)
    speedProbability = try values.decode(Double.self, forKey: .speedProbability)
  }

  public static let none = SignalVariation(
    equalization: 0, equalizationProbability: 0, speed: 0, speedProbability: 0)

  /// - Parameter section: of the recipe, for errors.
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
