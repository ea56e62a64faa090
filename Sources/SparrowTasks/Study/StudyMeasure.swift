/// A score that networks are compared by, larger being better, and where evaluations have it.
public struct StudyMeasure: Sendable, Hashable {
  /// The key in the JSON of an evaluation.
  public let key: String
  public let title: String
  public let unit: String
  /// Keys of numbers that say what was evaluated on: results that differ in one of them cannot be
  /// compared.
  let conditions: [String]

  /// The improvement of the scale-invariant signal-to-noise ratio, by which denoisers are compared.
  public static let siSNRImprovement = StudyMeasure(
    key: "si_snr_improvement_db", title: "SI-SNR improvement", unit: "dB",
    conditions: ["files", "noisy_si_snr_db"])

  /// One a task.
  static let all = [siSNRImprovement]
}
