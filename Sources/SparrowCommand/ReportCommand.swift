import ArgumentParser
import Foundation
import SparrowFiles
import SparrowReports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show training runs, or compare networks by score and cost.",
    discussion: """
      Of folders of training runs, the report is one HTML page that needs nothing besides: losses \
      and scores over steps and time, learning rates, gradient norms, sparsity, time constants, \
      ranges in fixed point. Several runs lie over each other; a run may still go on. It is \
      written to report.html and report.json in the output folder or, of a single run, in the \
      run's.

      Of JSON files, outputs of `sparrow evaluate MODEL --data DATA --json`, one per network, \
      all on the same data, the report compares networks. Networks of one family (dense, sparse, \
      or by --family) form a line; those of one size (k, the width, or by --label) count as seeds \
      of one point, and are averaged.

      The output folder gets report.html, report.svg (the score over effective MACs per frame and \
      over bytes), report.md and report.json. Every point is compared with the cost of the same \
      score in the other family, interpolated between that family's best points: the logarithm \
      of the cost as a linear function of the score. Outside of that family's range the \
      nearest point is named.
      """)

  @Argument(help: "Folders of training runs, or JSON files of evaluations.")
  var results: [String]

  @Option(help: "The output folder, which is created if missing.")
  var output: String?

  @Option(help: "The title.")
  var title: String?

  @Flag(
    help: ArgumentHelp(
      "Show the bytes of packed plans in the figure, instead of four bytes per non-zero weight "
        + "and value of a vector."))
  var packedBytes = false

  @Flag(help: "Runs: write their scalars as event files of TensorBoard, a folder per run.")
  var tensorboard = false

  @OptionGroup var format: OutputOptions

  func run() throws {
    if let missing = results.first(where: { !Files.exists($0) }) {
      throw FileError(path: missing, reason: "there is no such file or folder")
    }
    let folders = results.filter { Files.isFolder($0) }
    if folders.isEmpty {
      guard !tensorboard else { throw ValidationError("--tensorboard is for training runs") }
      return try compareNetworks()
    }
    guard folders.count == results.count else {
      throw ValidationError("runs are folders and evaluations are files; give one or the other")
    }
    if let other = folders.first(where: { !RunReport.isRun($0) }) {
      throw FileError(path: other, reason: "it is no training run: log.jsonl is missing")
    }
    try showRuns(folders)
  }

  private func showRuns(_ folders: [String]) throws {
    guard let output = output ?? (folders.count == 1 ? folders[0] : nil) else {
      throw ValidationError("several runs need an --output folder")
    }
    let report = try RunReport(folders, title: title)
    try Files.makeFolder(output)
    try report.write(to: output)
    if tensorboard {
      for (folder, run) in zip(folders, report.runs) {
        let time =
          try FileManager.default.attributesOfItem(atPath: "\(folder)/log.jsonl")[
            .modificationDate] as? Date
        let place = "\(output)/tensorboard/\(run.name.split(separator: "/").joined(separator: "-"))"
        try Files.makeFolder(place)
        // One file per run, replaced as a whole, so that no scalar is there twice.
        try Files.write(
          RunHistory(log: "\(folder)/log.jsonl")
            .eventFile(end: time?.timeIntervalSince1970 ?? 0).bytes,
          to: "\(place)/events.out.tfevents.0.sparrow")
      }
    }
    try format.write(report, text: "\(output)/report.html")
  }

  private func compareNetworks() throws {
    guard let output else { throw ValidationError("evaluations need an --output folder") }
    let title = title ?? "Networks compared"
    let study = try Study(results.map { try StudyResult(contentsOf: $0) })
    try Files.makeFolder(output)
    try study.write(title: title, to: output, bytes: packedBytes ? .plan : .model)
    // Markdown ends with a line feed of its own.
    if format.json { try show(jsonText(study)) } else { try show(study.markdown, terminator: "") }
  }
}
