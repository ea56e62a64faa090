import Sparrow
import SparrowTraining

/// The validation of a spotter during training: words of held-out speakers, without noise and in
/// held-out noise.
public struct KeywordValidation: Sendable {
  /// The validation conditions.
  public struct Options: Codable, Equatable, Sendable {
    /// The signal-to-noise ratio, in dB.
    public var snr = 5.0
    /// The seed of the choice of noises.
    public var seed: UInt64 = 7

    /// The defaults.
    public init() {}

    /// Reads an object; missing keys have their defaults, unknown ones are refused.
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
      throw .recipe("validation: snr is from -200 to 200 dB")
    }
    guard !data.background.heldOutNoises.isEmpty else {
      throw .data("no noise is held out for validation")
    }
    self.frontEnd = frontEnd
    self.options = options
    words = data.validation
    noises = data.background.heldOutNoises
  }

  /// The accuracies in percent, "clean" and "noisy"; "score" is their mean.
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
        guard let clip = try? ClipClassification(signal, plan: plan) else {
          preconditionFailure("a network that is validated has its front end")
        }
        return clip.word == recording.word
      }
      return 100 * Double(right.count { $0 }) / Double(words.count)
    }
    let clean = accuracy(isNoisy: false)
    let noisy = accuracy(isNoisy: true)
    return ["clean": clean, "noisy": noisy, "score": (clean + noisy) / 2]
  }
}
