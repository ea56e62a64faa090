import SparrowTraining

/// How mixtures of speech and noise are varied. What a recipe leaves out keeps the value here.
public struct MixtureOptions: Codable, Equatable, Sendable {
  /// What of speech in a room counts as clean.
  public enum RoomTarget: String, Codable, Sendable {
    /// The direct sound and the reflections of the first 50 ms: the network is to remove the rest.
    case early
    /// All of it: the network is to leave the room alone.
    case reverberant
  }

  /// What the signal-to-noise ratio compares.
  public enum LevelMeasure: String, Codable, Sendable {
    /// The root mean squares of the whole signals.
    case whole
    /// Those over the segments in which the noise is active; see `ActiveLevel`.
    case active
  }

  /// Signal-to-noise ratios in dB, evenly spread.
  public var snr: ClosedRange<Double> = -5...20
  /// Levels of mixtures in dB; 0 is a root mean square of full scale.
  public var level: ClosedRange<Double> = -40 ... -12
  public var levels: LevelMeasure = .whole
  public var speech = SignalVariation(
    equalization: 8, equalizationProbability: 0.7, speed: 0.12, speedProbability: 0.7)
  public var noise = SignalVariation(
    equalization: 6, equalizationProbability: 0.6, speed: 0.15, speedProbability: 0.6)
  /// Of speech being in a room.
  public var roomProbability = 0.3
  public var roomTarget: RoomTarget = .early
  /// Of a second noise being added, 0 to 10 dB below the first.
  public var secondNoiseProbability = 0.3
  /// Of a noise being a made one (see `SyntheticNoise`).
  public var syntheticNoiseProbability = 0.15
  /// Synthetic noises that are made once, to draw from.
  public var syntheticNoiseCount = 150

  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func decode<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try decode(.snr, &snr)
    try decode(.level, &level)
    try decode(.levels, &levels)
    try decode(.speech, &speech)
    try decode(.noise, &noise)
    try decode(.roomProbability, &roomProbability)
    try decode(.roomTarget, &roomTarget)
    try decode(.secondNoiseProbability, &secondNoiseProbability)
    try decode(.syntheticNoiseProbability, &syntheticNoiseProbability)
    try decode(.syntheticNoiseCount, &syntheticNoiseCount)
  }

  func validate() throws(TrainingError) {
    func require(_ condition: Bool, _ what: String) throws(TrainingError) {
      guard condition else { throw .recipe("mixtures: \(what)") }
    }
    try require(Levels.contain(snr, level), "ratios and levels are from -200 to 200 dB")
    for variation in [speech, noise] { try variation.validate("mixtures") }
    let probabilities = [roomProbability, secondNoiseProbability, syntheticNoiseProbability]
    try require(
      probabilities.allSatisfy { (0...1).contains($0) }, "probabilities are from 0 to 1")
    try require(
      (1...10_000).contains(syntheticNoiseCount),
      "the number of synthetic noises is from 1 to 10000")
  }
}
