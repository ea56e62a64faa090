import SparrowTraining

/// The distribution of mixtures of speech and noise. Missing keys of a recipe have these defaults.
public struct MixtureOptions: Codable, Equatable, Sendable {
  /// The target for speech in a room.
  public enum RoomTarget: String, Codable, Sendable {
    /// The direct sound and the reflections of the first 50 ms: the network removes the
    /// reverberation.
    case early
    /// The reverberant speech: the network keeps the reverberation.
    case reverberant
  }

  /// The measure of levels in signal-to-noise ratios.
  public enum LevelMeasure: String, Codable, Sendable {
    /// The root mean square of the whole signal.
    case whole
    /// The root mean square over segments with active noise; see `ActiveLevel`.
    case active
  }

  /// Signal-to-noise ratios in dB, uniformly distributed.
  public var snr: ClosedRange<Double> = -5...20
  /// Levels of mixtures in dB relative to a root mean square of full scale.
  public var level: ClosedRange<Double> = -40 ... -12
  /// The measure of levels.
  public var levels: LevelMeasure = .whole
  /// Variation of speech.
  public var speech = SignalVariation(
    equalization: 8, equalizationProbability: 0.7, speed: 0.12, speedProbability: 0.7)
  /// Variation of noises.
  public var noise = SignalVariation(
    equalization: 6, equalizationProbability: 0.6, speed: 0.15, speedProbability: 0.6)
  /// The probability of a simulated room.
  public var roomProbability = 0.3
  /// The target for speech in a room.
  public var roomTarget: RoomTarget = .early
  /// The probability of a second noise, 0 to 10 dB below the first.
  public var secondNoiseProbability = 0.3
  /// The probability that a noise is synthetic; see `SyntheticNoise`.
  public var syntheticNoiseProbability = 0.15
  /// The number of synthetic noises, which are generated once.
  public var syntheticNoiseCount = 150

  /// The defaults.
  public init() {}

  /// Reads an object; missing keys have their defaults, unknown ones are refused.
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
