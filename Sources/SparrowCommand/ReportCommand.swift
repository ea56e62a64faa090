import ArgumentParser
import Foundation
import SparrowFiles
import SparrowReports
import SparrowTasks

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Compare networks by score and cost.",
    discussion: """
      RESULTS are outputs of `sparrow evaluate MODEL --data FOLDER --json`, one per network, \
      all on the same data. Networks of one family (dense, sparse, or by --family) form a \
      line; those of one size (k, the width, or by --label) count as seeds of one point, and \
      are averaged.

      The output folder gets report.svg (the score over effective MACs per frame and over \
      bytes), report.md and report.json. Every point is compared with the cost of the same \
      score in the other family, interpolated between that family's best points: the logarithm \
      of the cost as a linear function of the score. Outside of that family's range the \
      nearest point is named.
      """)

  @Argument(help: "JSON files of evaluations.")
  var results: [String]

  @Option(help: "The output folder, which is created if missing.")
  var output: String

  @Option(help: "The title.")
  var title = "Networks compared"

  @Flag(
    help: ArgumentHelp(
      "Show the bytes of packed plans in the figure, instead of four bytes per non-zero weight "
        + "and value of a vector."))
  var packedBytes = false

  @OptionGroup var format: OutputOptions

  func run() throws {
    let study = try Study(results.map { try StudyResult(contentsOf: $0) })
    let markdown = "# \(title)\n\n![\(title)](report.svg)\n\n\(study.markdown)"
    try Files.makeFolder(output)
    try write(study.figure(title: title, bytes: packedBytes ? .plan : .model), to: "report.svg")
    try write(markdown, to: "report.md")
    try write(try jsonText(study, isPretty: true) + "\n", to: "report.json")
    // Markdown ends with a line feed of its own.
    if format.json { try show(jsonText(study)) } else { try show(study.markdown, terminator: "") }
  }

  private func write(_ text: String, to name: String) throws {
    try Files.write(Array(text.utf8), to: "\(output)/\(name)")
  }
}
