public import Sparrow
import SparrowSoundFiles

/// The task of denoisers: a mask for the short-time spectrum of noisy speech.
public enum Denoising: TaskRule {
  public static let kind = "spectral"
  public static let networks = "denoisers"
  public static let recipe: any TrainingRecipe.Type = DenoisingRecipe.self
  public static let options: [EvaluationOption] = [.stream, .gap, .html]
  public static let measure = StudyMeasure.siSNRImprovement

  /// Scores a denoiser on `noisy/NAME` and `clean/NAME` in a folder. Details are the
  /// `DenoisingEvaluation.Outcome`.
  public static func evaluate(
    _ network: Network, on data: EvaluationData
  ) throws -> TaskEvaluation {
    let plan = Plan(network, instructionSet: data.instructionSet)
    let outcome = try DenoisingEvaluation(plan).run(
      folder: data.path, order: data.isStream ? .stream(gap: data.gap) : .oneByOne,
      workers: data.workers)
    return TaskEvaluation(
      plan: plan, scores: outcome.scores, text: outcome.scores.text, count: outcome.count,
      details: outcome)
  }

  /// The frames of every recording in folders.
  public static func calibrationFrames(
    of network: Network, from data: CalibrationData
  ) throws -> [[Float]]? {
    try network.spectralFrontEnd.map { frontEnd in
      try data.eachRecording {
        try DenoisingFrames.frames(of: $0, frontEnd, seconds: data.seconds)
      }
    }
  }
}

extension StudyMeasure {
  /// The improvement of the scale-invariant signal-to-noise ratio: the score of denoisers.
  public static let siSNRImprovement = StudyMeasure(
    key: "si_snr_improvement_db", title: "SI-SNR improvement", unit: "dB", scale: 1,
    conditions: ["files", "noisy_si_snr_db", "gap_s"], optionalConditions: ["gap_s"])
}

extension DenoisingScores {
  var text: String {
    var rows = bySNR.map { score in
      [
        "\(ReportText.fixed(score.snr, 0)) dB", "\(score.files)",
        ReportText.fixed(score.noisySISNR),
        ReportText.fixed(score.siSNR), ReportText.fixed(score.siSNRImprovement),
      ]
    }
    rows.append([
      "all", "\(files)", ReportText.fixed(noisySISNR), ReportText.fixed(siSNR),
      ReportText.fixed(siSNRImprovement),
    ])
    return ReportText.table(["SNR", "files", "noisy SI-SNR", "SI-SNR", "improvement"], rows)
  }
}
