import Sparrow
import SparrowTraining

/// What a spotter is chosen by while it is trained: words of speakers that it does not learn from, as they
/// are and in noise that is kept back.
public struct KeywordValidation: Sendable {
  public struct Options: Codable, Equatable, Sendable {
    /// dB.
    public var snr = 5.0
    public var seed: UInt64 = 7

    public init() {}

    public init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      snr = try values.decodeIfPresent(Double.self, forKey: .snr) ?? snr
      seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
    }
  }

  private let frontEnd: KeywordFrontEnd
  private let words: [WordRecording]
  private let noises: [Recording]
  private let options: Options

  init(
    _ data: KeywordData, frontEnd: KeywordFrontEnd, options: Options
  ) throws(TrainingError) {
    guard Levels.range.contains(options.snr) else {
      throw .recipe("validation: the ratio is from -200 to 200 dB")
    }
    guard !data.background.heldOutNoises.isEmpty else {
      throw .data("no noise is held out for validation")
    }
    self.frontEnd = frontEnd
    self.options = options
    words = data.validation
    noises = data.background.heldOutNoises
  }

  /// Percent of words that are recognised, "clean" and "noisy"; "score" is their mean.
  func scores(of network: Network, workers: Workers) -> [String: Double] {
    let plan = Plan(network)
    func accuracy(isNoisy: Bool) -> Double {
      let right = workers.map(words.count) { index in
        let recording = words[index]
        var random = RandomNumbers(seed: options.seed, stream: UInt64(index))
        let noise = noises[random.index(below: noises.count)]
        let signal = ClipClassification.signal(
          recording.samples, sampleRate: frontEnd.sampleRate,
          noise: isNoisy ? (noise, random.index(below: noise.count), options.snr) : nil)
        return ClipClassification(signal, plan: plan, frontEnd: frontEnd).word == recording.word
      }
      return 100 * Double(right.count { $0 }) / Double(words.count)
    }
    let clean = accuracy(isNoisy: false)
    let noisy = accuracy(isNoisy: true)
    return ["clean": clean, "noisy": noisy, "score": (clean + noisy) / 2]
  }
}
