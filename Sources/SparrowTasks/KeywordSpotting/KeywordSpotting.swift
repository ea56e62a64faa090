public import Sparrow
import SparrowSoundFiles

/// The task of keyword spotters: the probability of each of some words in a sound.
public enum KeywordSpotting: TaskRule {
  public static let kind = "keywords"
  public static let networks = "keyword spotters"
  public static let recipe: any TrainingRecipe.Type = KeywordRecipe.self
  public static let options: [EvaluationOption] = [.stream, .gap, .split, .noise, .snr, .denoise]
  public static let measure = StudyMeasure.accuracy

  /// Scores a spotter on a folder of word folders.
  ///
  /// - Precondition: The network has a keyword front end.
  public static func evaluate(
    _ network: Network, on data: EvaluationData
  ) throws -> TaskEvaluation {
    guard let frontEnd = network.keywordFrontEnd else { preconditionFailure("a keyword spotter") }
    let plan = Plan(network, instructionSet: data.instructionSet)
    var conditions = KeywordEvaluation.Conditions()
    conditions.noise = data.noise
    conditions.denoiser = data.denoiser
    let evaluation = KeywordEvaluation(plan, frontEnd: frontEnd)
    let folder = try WordFolder(data.path, split: data.split)
    if data.isStream {
      let outcome = try evaluation.run(asStream: folder, gap: data.gap, conditions: conditions)
      return TaskEvaluation(
        plan: plan, scores: outcome.scores, text: outcome.scores.text, count: outcome.count)
    }
    let outcome = try evaluation.run(folder, conditions: conditions, workers: data.workers)
    return TaskEvaluation(
      plan: plan, scores: outcome.scores, text: outcome.scores.text, count: outcome.count)
  }

  /// The frames of every recording in folders.
  public static func calibrationFrames(
    of network: Network, from data: CalibrationData
  ) throws -> [[Float]]? {
    try network.keywordFrontEnd.map { frontEnd in
      try data.eachRecording {
        try KeywordFrames.frames(of: $0, frontEnd, seconds: data.seconds)
      }
    }
  }
}

extension KeywordScores {
  var text: String {
    let percent = ReportText.percent
    var lines = [
      "accuracy \(percent(accuracy)) of \(clips) recordings; \(percent(found)) with the threshold"
    ]
    if otherClips > 0 {
      lines.append(
        "a word was heard in \(percent(falseAlarms)) of \(otherClips) other recordings")
    }
    let rows = zip(classes, confusion).filter { $1.contains { $0 > 0 } }.map { name, row in
      [name] + row.map { $0 == 0 ? "·" : "\($0)" }
    }
    lines.append(ReportText.table(["said / heard"] + classes, rows))
    return lines.joined(separator: "\n")
  }
}

extension KeywordStreamScores {
  var text: String {
    func fixed(_ value: Double) -> String { ReportText.fixed(value, 1) }
    let heard = Int((found * Double(clips)).rounded())
    return "\(heard) of \(clips) words found (\(ReportText.percent(found))) in one stream of "
      + "\(fixed(seconds / 60)) minutes, \(confused) taken for others, \(falseAlarms) false "
      + "alarms (\(fixed(falseAlarmsPerHour)) an hour, \(otherClips) recordings of other words)"
  }
}
