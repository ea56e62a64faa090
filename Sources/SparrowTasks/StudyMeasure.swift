/// A score of `sparrow evaluate` for comparing networks of a task.
public struct StudyMeasure: Sendable, Hashable {
  /// The key in the JSON of an evaluation.
  public let key: String
  /// The name, as "SI-SNR improvement".
  public let title: String
  /// The unit, as "dB".
  public let unit: String
  /// The factor from the number in the JSON to the unit.
  package let scale: Double
  /// Keys of numbers that describe the test data: results that differ in one of them are not
  /// comparable.
  package let conditions: [String]
  /// Whether less is better.
  package var isLowerBetter = false
  /// 1, or -1 where less is better.
  package var sign: Double { isLowerBetter ? -1 : 1 }
  /// Conditions that an evaluation may lack.
  package var optionalConditions: [String] = []

  /// The accuracy of recognition: the score of keyword spotters, and of classifiers of series.
  public static let accuracy = StudyMeasure(
    key: "accuracy", title: "accuracy", unit: "%", scale: 100,
    conditions: ["clips", "other_clips", "snr_db", "recordings"],
    optionalConditions: ["clips", "other_clips", "snr_db", "recordings"])
}
