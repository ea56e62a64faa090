/// A score for comparing networks.
public struct StudyMeasure: Sendable, Hashable {
  /// The key in the JSON of an evaluation.
  public let key: String
  /// The name, as "SI-SNR improvement".
  public let title: String
  /// The unit, as "dB".
  public let unit: String
  /// The factor from the number in the JSON to the unit.
  let scale: Double
  /// Keys of numbers that describe the test data: results that differ in one of them are not
  /// comparable.
  let conditions: [String]
  /// Whether less is better.
  var isLowerBetter = false
  /// 1, or -1 where less is better.
  var sign: Double { isLowerBetter ? -1 : 1 }
  /// Conditions that an evaluation may lack.
  var optionalConditions: [String] = []

  /// The improvement of the scale-invariant signal-to-noise ratio: the score of denoisers.
  public static let siSNRImprovement = StudyMeasure(
    key: "si_snr_improvement_db", title: "SI-SNR improvement", unit: "dB", scale: 1,
    conditions: ["files", "noisy_si_snr_db"])

  /// The accuracy of recognition: the score of keyword spotters, and of classifiers of series.
  public static let accuracy = StudyMeasure(
    key: "accuracy", title: "accuracy", unit: "%", scale: 100,
    conditions: ["clips", "other_clips", "snr_db", "recordings"],
    optionalConditions: ["clips", "other_clips", "snr_db", "recordings"])

  /// The perplexity: the score of language models.
  public static let perplexity = StudyMeasure(
    key: "perplexity", title: "perplexity", unit: "", scale: 1,
    conditions: ["tokens", "unknown_words"], isLowerBetter: true)

  /// The measures of all tasks.
  static let all = [siSNRImprovement, accuracy, perplexity]
}
