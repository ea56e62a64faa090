import ArgumentParser
import SparrowTasks

/// The rows and columns of a manifest that a command takes.
struct ManifestOptions: ParsableArguments {
  @Option(help: "Classifiers: the column with the frames (default: \"frames\").")
  var column: String?

  @Option(
    name: .customLong("where"), parsing: .singleValue,
    help: ArgumentHelp(
      "Classifiers and speech: the value that a column has; may be given more than once.",
      valueName: "column=value"))
  var choice: [String] = []

  func validate() throws {
    if let wrong = choice.first(where: { !$0.contains("=") }) {
      throw ValidationError("--where is \"\(wrong)\"; expected COLUMN=VALUE")
    }
  }

  var columns: ManifestColumns {
    var columns = ManifestColumns()
    columns.frames = column
    for pair in choice {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      columns.choice[String(parts[0]), default: []].append(String(parts[1]))
    }
    return columns
  }

  /// The options that are given.
  var given: [EvaluationOption] {
    (column == nil ? [] : [.column]) + (choice.isEmpty ? [] : [.rows])
  }
}
