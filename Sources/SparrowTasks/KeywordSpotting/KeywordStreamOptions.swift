import SparrowTraining

/// How streams to train on are varied. Probabilities are from 0 to 1.
public struct KeywordStreamOptions: Codable, Equatable, Sendable {
  /// Share of streams without any word.
  public var backgroundProbability = 0.15
  /// In the others, share of words among what is said.
  public var wordProbability = 0.8
  /// Seconds of pause between what is said.
  public var pause: ClosedRange<Double> = 0.05...0.8
  /// Words are played up to this much faster or slower.
  public var speed = 0.15
  /// dB by which words of a stream differ in level.
  public var wordLevel: ClosedRange<Double> = -6...6
  /// Share of streams with noise, and its level: dB of words over noise.
  public var noiseProbability = 0.85
  public var snr: ClosedRange<Double> = -5...35
  /// Changes to noises; of a second one being added; and of a noise being a made one (see
  /// `SyntheticNoise`), of which some are made once, to draw from.
  public var noise = SignalVariation.none
  public var secondNoiseProbability = 0.0
  public var syntheticNoiseProbability = 0.0
  public var syntheticNoiseCount = 150
  /// dB of the words' root mean square; 0 is full scale.
  public var level: ClosedRange<Double> = -45 ... -12
  /// Largest slope over all bands and largest ripple that are added to a stream's bands, in octaves of
  /// energy: microphones and rooms.
  public var tilt = 3.0
  public var ripple = 1.0
  /// How many parts of a stream's spectrum are hidden, and how large they are at most (Park et al. 2019).
  public var frequencyMasks = 1
  public var frequencyMaskWidth = 6
  public var timeMasks = 2
  public var timeMaskSeconds = 0.15
  /// Seconds before and after a word's end in which its output is wanted.
  public var beforeWordEnd = 0.05
  public var afterWordEnd = 0.25

  public init() {}

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
      isShare(secondNoiseProbability), isShare(syntheticNoiseProbability)
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
