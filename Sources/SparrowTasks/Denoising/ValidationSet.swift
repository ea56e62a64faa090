public import SparrowTraining

/// Mixtures of voices and noises that are not trained on, the same in every run with the same
/// options: what a network is chosen by.
public struct ValidationSet: Sendable {
  /// How many mixtures there are, and of what kind.
  public struct Options: Codable, Equatable, Sendable {
    /// The number of mixtures.
    public var count = 54
    /// Of each mixture.
    public var seconds = 5.0
    /// The seed of the choice of voices, noises, ratios and levels.
    public var seed: UInt64 = 7
    /// dB; the mixtures' ratios are evenly spread over it.
    public var snr: ClosedRange<Double> = -5...20
    /// dB; drawn for each mixture.
    public var level: ClosedRange<Double> = -35 ... -15
    /// Seconds of digital silence before each mixture, in turn, in the one stream that they are
    /// joined into; empty for no such stream.
    public var gaps: [Double] = []

    /// 54 mixtures of 5 seconds.
    public init() {}

    public init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      count = try values.decodeIfPresent(Int.self, forKey: .count) ?? count
      seconds = try values.decodeIfPresent(Double.self, forKey: .seconds) ?? seconds
      seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
      snr = try values.decodeIfPresent(ClosedRange<Double>.self, forKey: .snr) ?? snr
      level = try values.decodeIfPresent(ClosedRange<Double>.self, forKey: .level) ?? level
      gaps = try values.decodeIfPresent([Double].self, forKey: .gaps) ?? gaps
    }
  }

  /// Speech with noise, and the speech alone.
  public struct Mixture: Sendable {
    /// Samples of speech with noise.
    public var noisy: [Float]
    /// Samples of the speech alone.
    public var clean: [Float]
    /// dB.
    public var snr: Double
    /// The name of the voice.
    public var voice: String
    /// Whether other recordings of this voice, or of the group that it is counted to, are trained
    /// on.
    public var isVoiceTrainedOn: Bool
    /// The file's name.
    public var noise: String
  }

  /// The mixtures, in the order in which they are joined into a stream.
  public let mixtures: [Mixture]
  /// See ``Options/gaps``.
  let gaps: [Double]

  /// - Throws: `TrainingError.data` if no voice or no noise is held out;
  ///   `TrainingError.recipe` if an option is out of its range.
  public init(_ data: SpeechAndNoiseData, options: Options = Options()) throws(TrainingError) {
    guard (1...100_000).contains(options.count) else {
      throw .recipe("validation: \(options.count) mixtures; expected 1 to 100000")
    }
    guard options.seconds >= 0.1, options.seconds <= 600 else {
      throw .recipe("validation: \(options.seconds) seconds; expected 0.1 to 600")
    }
    guard Levels.contain(options.snr, options.level) else {
      throw .recipe("validation: ratios and levels are from -200 to 200 dB")
    }
    guard options.gaps.allSatisfy({ (0...600).contains($0) }) else {
      throw .recipe("validation: gaps are from 0 to 600 seconds")
    }
    gaps = options.gaps
    guard !data.heldOutVoices.isEmpty else { throw .data("no voice is held out for validation") }
    guard !data.heldOutNoises.isEmpty else { throw .data("no noise is held out for validation") }
    let samples = Int(options.seconds * Double(data.sampleRate))
    var random = RandomNumbers(seed: options.seed)
    // By the root of the minutes, as in training, but not by what speakers are unnamed: few
    // recordings are held out of them.
    let voices = Self.apportion(
      options.count,
      by: data.heldOutVoices.map { $0.minutes(sampleRate: data.sampleRate).squareRoot() })
    var noises = Array(data.heldOutNoises.indices)
    var ranks = Array(0..<options.count)
    random.shuffle(&noises)
    random.shuffle(&ranks)
    let step =
      (options.snr.upperBound - options.snr.lowerBound) / Double(max(1, options.count - 1))
    mixtures = voices.enumerated().map { index, voiceIndex in
      let voice = data.heldOutVoices[voiceIndex]
      let noise = data.heldOutNoises[noises[index % noises.count]]
      let snr = options.snr.lowerBound + step * Double(ranks[index])
      while true {
        let speech = Self.speech(
          of: voice, samples: samples, sampleRate: data.sampleRate, &random)
        let part = NoiseDrawing.part(of: noise, samples: samples, &random)
        let mixing = Mixing(
          snr: snr, level: random.uniform(in: options.level), sampleRate: data.sampleRate)
        guard let pair = mixing.mix(speech: speech, noise: part, clean: speech) else { continue }
        return Mixture(
          noisy: pair.noisy, clean: pair.clean, snr: snr, voice: voice.name,
          isVoiceTrainedOn: voice.isTrainedOn, noise: noise.name)
      }
    }
  }

  /// The voice's recordings in any order, none twice before all were used, 200 ms apart, after up
  /// to 200 ms of silence.
  private static func speech(
    of voice: SpeechAndNoiseData.Voice, samples: Int, sampleRate: Int, _ random: inout RandomNumbers
  ) -> [Float] {
    var order = Array(voice.recordings.indices)
    random.shuffle(&order)
    let pause = sampleRate / 5
    var output = [Float](repeating: 0, count: samples)
    var position = random.index(below: max(1, min(pause, samples)))
    var next = 0
    while position < samples {
      let recording = voice.recordings[order[next % order.count]]
      let start =
        recording.count > samples ? random.index(below: recording.count - samples + 1) : 0
      let count = min(recording.count - start, samples - position)
      output.withUnsafeMutableBufferPointer {
        recording.copy(from: start, count: count, to: $0.baseAddress! + position)
      }
      position += count + pause
      next += 1
    }
    return output
  }

  /// Shares `count` places out by Webster's method: each goes to the party with the largest
  /// weight / (2 places + 1), so that the shares are proportional up to rounding.
  static func apportion(_ count: Int, by weights: [Double]) -> [Int] {
    var places = [Int](repeating: 0, count: weights.count)
    for _ in 0..<count {
      let quotients = weights.indices.map { weights[$0] / Double(2 * places[$0] + 1) }
      places[quotients.indices.max { quotients[$0] < quotients[$1] }!] += 1
    }
    return places.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
  }
}

extension RandomNumbers {
  /// Fisher's and Yates's shuffle, by hand: the standard library does not promise its algorithm.
  fileprivate mutating func shuffle<Element>(_ elements: inout [Element]) {
    for i in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(i, index(below: i + 1))
    }
  }
}
