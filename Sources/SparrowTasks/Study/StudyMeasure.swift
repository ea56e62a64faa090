/// A score that networks are compared by, larger being better, and where evaluations have it.
public struct StudyMeasure: Sendable, Hashable {
  /// The key in the JSON of an evaluation.
  public let key: String
  public let title: String
  public let unit: String
  /// What the number in the JSON is multiplied by to be in the unit.
  let scale: Double
  /// Keys of numbers that say what was evaluated on: results that differ in one of them cannot be
  /// compared.
  let conditions: [String]
  /// Those that an evaluation need not have.
  var optionalConditions: [String] = []

  /// The improvement of the scale-invariant signal-to-noise ratio, by which denoisers are compared.
  public static let siSNRImprovement = StudyMeasure(
    key: "si_snr_improvement_db", title: "SI-SNR improvement", unit: "dB", scale: 1,
    conditions: ["files", "noisy_si_snr_db"])

  /// The share of words that are recognised, by which spotters are compared.
  public static let accuracy = StudyMeasure(
    key: "accuracy", title: "accuracy", unit: "%", scale: 100,
    conditions: ["clips", "other_clips", "snr_db"], optionalConditions: ["snr_db"])

  /// One a task.
  static let all = [siSNRImprovement, accuracy]
}
