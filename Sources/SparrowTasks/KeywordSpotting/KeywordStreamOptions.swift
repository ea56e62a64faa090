import SparrowTraining

/// The data augmentation of training streams. Probabilities are from 0 to 1.
public struct KeywordStreamOptions: Codable, Equatable, Sendable {
  /// Probability of a stream without words.
  public var backgroundProbability = 0.15
  /// In other streams, the probability of a word, rather than other speech.
  public var wordProbability = 0.8
  /// Pauses between utterances, in seconds.
  public var pause: ClosedRange<Double> = 0.05...0.8
  /// Maximum relative change of speed of words, below 0.9.
  public var speed = 0.15
  /// Levels of words relative to the stream, in dB.
  public var wordLevel: ClosedRange<Double> = -6...6
  /// Probability of noise in a stream.
  public var noiseProbability = 0.85
  /// Signal-to-noise ratios, in dB.
  public var snr: ClosedRange<Double> = -5...35
  /// Variation of noises.
  public var noise = SignalVariation.none
  /// Probability of a second noise.
  public var secondNoiseProbability = 0.0
  /// Probability that a noise is synthetic; see `SyntheticNoise`.
  public var syntheticNoiseProbability = 0.0
  /// Number of synthetic noises, which are generated once.
  public var syntheticNoiseCount = 150
  /// Probability of a stream with nothing above 4 kHz, as from a recording of 8,000 samples per
  /// second.
  public var narrowBandProbability = 0.0
  /// Of such streams, the probability of a telephone: nothing below 300 Hz, and 8 bits by μ-law.
  public var telephoneProbability = 0.0
  /// Level of the words' root mean square, in dB relative to full scale.
  public var level: ClosedRange<Double> = -45 ... -12
  /// Maximum spectral tilt over all bands, in octaves of energy, as of microphones.
  public var tilt = 3.0
  /// Maximum spectral ripple, in octaves of energy, as of rooms.
  public var ripple = 1.0
  /// Number of frequency masks of a stream (SpecAugment; Park et al. 2019).
  public var frequencyMasks = 1
  /// Maximum width of a frequency mask, in bands.
  public var frequencyMaskWidth = 6
  /// Number of time masks of a stream.
  public var timeMasks = 2
  /// Maximum duration of a time mask, in seconds.
  public var timeMaskSeconds = 0.15
  /// Time before the end of a word from which it is the target, in seconds.
  public var beforeWordEnd = 0.05
  /// Time after the end of a word until which it is the target, in seconds.
  public var afterWordEnd = 0.25

  /// The defaults.
  public init() {}

  /// Reads an object; missing keys have their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func decode<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try decode(&backgroundProbability, .backgroundProbability)
    try decode(&wordProbability, .wordProbability)
    try decode(&pause, .pause)
    try decode(&speed, .speed)
    try decode(&wordLevel, .wordLevel)
    try decode(&noiseProbability, .noiseProbability)
    try decode(&snr, .snr)
    try decode(&noise, .noise)
    try decode(&secondNoiseProbability, .secondNoiseProbability)
    try decode(&syntheticNoiseProbability, .syntheticNoiseProbability)
    try decode(&syntheticNoiseCount, .syntheticNoiseCount)
    try decode(&narrowBandProbability, .narrowBandProbability)
    try decode(&telephoneProbability, .telephoneProbability)
    try decode(&level, .level)
    try decode(&tilt, .tilt)
    try decode(&ripple, .ripple)
    try decode(&frequencyMasks, .frequencyMasks)
    try decode(&frequencyMaskWidth, .frequencyMaskWidth)
    try decode(&timeMasks, .timeMasks)
    try decode(&timeMaskSeconds, .timeMaskSeconds)
    try decode(&beforeWordEnd, .beforeWordEnd)
    try decode(&afterWordEnd, .afterWordEnd)
  }

  func validate() throws(TrainingError) {
    func isShare(_ value: Double) -> Bool { (0...1).contains(value) }
    guard isShare(backgroundProbability), isShare(wordProbability), isShare(noiseProbability),
      isShare(secondNoiseProbability), isShare(syntheticNoiseProbability),
      isShare(narrowBandProbability), isShare(telephoneProbability)
    else { throw .recipe("streams: probabilities are from 0 to 1") }
    guard (1...10_000).contains(syntheticNoiseCount) else {
      throw .recipe("streams: the number of synthetic noises is from 1 to 10000")
    }
    try noise.validate("streams")
    guard pause.lowerBound >= 0, pause.upperBound < 60, (0..<10).contains(beforeWordEnd),
      afterWordEnd > 0, afterWordEnd < 10, (0..<10).contains(timeMaskSeconds)
    else { throw .recipe("streams: times are from 0 to some seconds") }
    guard (0..<0.9).contains(speed) else { throw .recipe("streams: the speed is from 0 to 0.9") }
    guard Levels.contain(snr, level, wordLevel), tilt.isFinite, ripple.isFinite else {
      throw .recipe("streams: ratios and levels are from -200 to 200 dB")
    }
    guard [frequencyMasks, frequencyMaskWidth, timeMasks].allSatisfy((0...1000).contains) else {
      throw .recipe("streams: numbers and widths of masks are from 0 to 1000")
    }
  }
}
