import ArgumentParser
import SparrowFiles
import SparrowTasks

/// The recordings of a manifest that a command takes.
struct ManifestOptions: ParsableArguments {
  @Option(help: "Classifiers: the column with the frames (default: \"frames\").")
  var column: String?

  @Option(
    name: .customLong("where"), parsing: .singleValue,
    help: ArgumentHelp(
      "Classifiers: the value that a column has; may be given more than once.",
      valueName: "column=value"))
  var choice: [String] = []

  func validate() throws {
    if let wrong = choice.first(where: { !$0.contains("=") }) {
      throw ValidationError("--where is \"\(wrong)\"; expected COLUMN=VALUE")
    }
  }

  /// Whether an option is given.
  var isUsed: Bool { column != nil || !choice.isEmpty }

  /// Reads the recordings.
  ///
  /// - Parameters:
  ///   - path: The manifest.
  ///   - split: The value of the column `split`; nil for any.
  ///   - classes: The classes.
  ///   - width: The values of a frame.
  func recordings(
    of path: String, split: String? = nil, classes: [String], width: Int
  ) throws(FileError) -> [SeriesRecording] {
    var rows = split.map { ["split": [$0]] } ?? [:]
    for pair in choice {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      rows[String(parts[0]), default: []].append(String(parts[1]))
    }
    let manifest = try SeriesManifest(contentsOf: path)
    let recordings = try manifest.recordings(
      manifest.rows(where: rows), column: column ?? SeriesManifest.usualColumn, classes: classes,
      width: width)
    guard !recordings.isEmpty else { throw FileError(path: path, reason: "no row is chosen") }
    return recordings
  }
}
