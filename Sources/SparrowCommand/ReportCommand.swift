import ArgumentParser
import Foundation
import SparrowFiles
import SparrowTasks

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Compare networks: what they reach, and what that costs.",
    discussion: """
      RESULTS are files with the output of `sparrow evaluate MODEL --data FOLDER --json`, one a network, \
      all of the same data. Networks of one family (dense, sparse, or what --family said) become a line; \
      those of one size (k, the width, or what --label said) are taken for seeds of one point, and \
      averaged.

      The output folder gets report.svg, the score over effective MACs a frame and over bytes; report.md, \
      tables; and report.json. Every point is compared with what the same score costs in the other \
      family, interpolated between that family's best points: the logarithm of the cost as a linear \
      function of the score. A score that the other family's points do not enclose is compared with the \
      nearest one, and the tables say so.
      """)

  @Argument(help: "JSON files of evaluations.")
  var results: [String]

  @Option(help: "The folder that the report goes to; made where it is missing.")
  var output: String

  @Option(help: "What stands above the tables.")
  var title = "Networks compared"

  @Flag(
    help: ArgumentHelp(
      "Let the figure show the bytes of the packed plans, as they lie in memory, in place of four for every "
        + "non-zero weight and value of a vector."))
  var packedBytes = false

  @Flag(help: "Print one JSON object in place of the tables.")
  var json = false

  func run() throws {
    let study = try Study(results.map { try StudyResult(contentsOf: $0) })
    let markdown = "# \(title)\n\n![\(title)](report.svg)\n\n\(study.markdown)"
    try Files.makeFolder(output)
    try write(study.figure(title: title, bytes: packedBytes ? .plan : .model), to: "report.svg")
    try write(markdown, to: "report.md")
    try write(try jsonText(study, isPretty: true) + "\n", to: "report.json")
    try show(json ? try jsonText(study) : study.markdown, terminator: json ? "\n" : "")
  }

  private func write(_ text: String, to name: String) throws {
    try Files.write(Array(text.utf8), to: "\(output)/\(name)")
  }
}
