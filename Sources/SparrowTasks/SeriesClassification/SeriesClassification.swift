public import Sparrow
import SparrowFiles

/// The task of classifiers of series: the probability of each of some classes, at every frame of
/// numbers.
public enum SeriesClassification: TaskRule {
  public static let kind = "series"
  public static let networks = "classifiers of series"
  public static let recipe: any TrainingRecipe.Type = SeriesRecipe.self
  public static let options: [EvaluationOption] = [.split, .column, .rows]
  public static let measure = StudyMeasure.accuracy

  /// Scores a classifier on the recordings of a manifest.
  ///
  /// - Precondition: The network has a front end of series.
  public static func evaluate(
    _ network: Network, on data: EvaluationData
  ) throws -> TaskEvaluation {
    guard let frontEnd = network.seriesFrontEnd else { preconditionFailure("a classifier") }
    let plan = Plan(network, instructionSet: data.instructionSet)
    var columns = data.columns
    if let split = data.split { columns.choice["split", default: []].insert(split, at: 0) }
    let recordings = try recordings(
      of: data.path, columns, classes: frontEnd.classes, width: network.inputWidth)
    let (scores, count) = SeriesValidation(recordings, frontEnd: frontEnd)
      .run(plan, workers: data.workers)
    return TaskEvaluation(plan: plan, scores: scores, text: scores.text, count: count)
  }

  /// The frames of the recordings of manifests.
  public static func calibrationFrames(
    of network: Network, from data: CalibrationData
  ) throws -> [[Float]]? {
    try network.seriesFrontEnd.map { frontEnd in
      try data.paths.flatMap { path in
        try recordings(
          of: path, data.columns, classes: frontEnd.classes, width: network.inputWidth
        ).map(\.frames)
      }
    }
  }

  private static func recordings(
    of path: String, _ columns: ManifestColumns, classes: [String], width: Int
  ) throws(FileError) -> [SeriesRecording] {
    let manifest = try SeriesManifest(contentsOf: path)
    let recordings = try manifest.recordings(
      manifest.rows(where: columns.choice), column: columns.frames ?? SeriesManifest.usualColumn,
      classes: classes, width: width)
    guard !recordings.isEmpty else { throw FileError(path: path, reason: "no row is chosen") }
    return recordings
  }
}

extension SeriesScores {
  var text: String {
    let percent = ReportText.percent
    let quarters = accuracyByQuarter.map(percent).joined(separator: ", ")
    let mistakes = zip(classes, confusion).enumerated().flatMap { label, row in
      row.1.enumerated().filter { $0.offset != label && $0.element > 0 }.map {
        (count: $0.element, text: "\(row.0) taken for \(classes[$0.offset]) \($0.element)×")
      }
    }.sorted { $0.count > $1.count }
    return [
      "accuracy \(percent(accuracy)) of \(recordings) recordings; after each quarter \(quarters)",
      "decided in \(percent(decided)), \(percent(decidedRight)) of these rightly, after "
        + "\(ReportText.fixed(timeToDecision)) s, \(percent(fractionToDecision)) of a recording",
      mistakes.prefix(8).map(\.text).joined(separator: "\n"),
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
