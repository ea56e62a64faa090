public import Sparrow
import SparrowAudio
import SparrowFiles
import SparrowSoundFiles

/// The task of speech recognisers: the probability of each character of an alphabet, at every step
/// of a sound.
public enum SpeechRecognition: TaskRule {
  public static let kind = "speech"
  public static let networks = "speech recognisers"
  public static let recipe: any TrainingRecipe.Type = SpeechRecipe.self
  public static let options: [EvaluationOption] = [.split, .rows, .words, .sentences, .beam]
  public static let measure = StudyMeasure.wordErrorRate

  /// Scores a network on the recordings of a manifest that have a transcript.
  ///
  /// - Precondition: The network has a speech front end.
  public static func evaluate(
    _ network: Network, on data: EvaluationData
  ) throws -> TaskEvaluation {
    guard let frontEnd = network.speechFrontEnd else { preconditionFailure("a recogniser") }
    let decoder = try data.decoding.decoder(for: frontEnd)
    var choice = data.columns.choice
    if let split = data.split { choice["split", default: []].insert(split, at: 0) }
    let manifest = try SpeechManifest(contentsOf: data.path)
    let recordings = try manifest.recordings(
      manifest.rows(where: choice), frontEnd: frontEnd, workers: data.workers)
    let plan = Plan(network, instructionSet: data.instructionSet)
    let outcome = SpeechEvaluation(recordings, frontEnd: frontEnd)
      .run(plan, decoder: decoder, workers: data.workers)
    return TaskEvaluation(
      plan: plan, scores: outcome.scores, text: outcome.scores.text, count: outcome.count)
  }

  /// The frames of every recording in folders.
  public static func calibrationFrames(
    of network: Network, from data: CalibrationData
  ) throws -> [[Float]]? {
    try network.speechFrontEnd.map { frontEnd in
      try data.eachRecording { path in
        let sound = try Sound(contentsOf: path).mono().resampled(to: frontEnd.sampleRate)
        let most = Int(
          min(data.seconds, sound.duration + 1) * Double(frontEnd.sampleRate))
        return SpeechFrames.features(
          Array(sound.channels[0].prefix(most)), frontEnd: frontEnd)
      }
    }
  }
}

extension StudyMeasure {
  /// The word error rate: the score of speech recognisers.
  public static let wordErrorRate = StudyMeasure(
    key: "word_error_rate", title: "word error rate", unit: "%", scale: 100,
    conditions: ["recordings"], isLowerBetter: true)
}

extension SpeechScores {
  var text: String {
    func line(_ name: String, _ counts: EditCounts) -> String {
      "\(name) error rate \(ReportText.percent(counts.rate)): \(counts.errors) of "
        + "\(ReportText.grouped(counts.reference)) (\(counts.substitutions) substitutions, "
        + "\(counts.deletions) deletions, \(counts.insertions) insertions)"
    }
    return [
      line("word", words), line("character", characters),
      "\(rightRecordings) of \(recordings) recordings without a wrong word",
    ].joined(separator: "\n")
  }
}
