import SparrowFiles
import SparrowTraining

/// A data root's `manifest.tsv`: a row per file, columns named in the first
/// line and divided by tabs.
struct DataManifest {
  struct Row: Equatable {
    var split = ""
    var speaker = ""
    var licence = ""
  }

  /// By path below the root.
  private(set) var rows: [String: Row] = [:]

  /// An empty manifest, for a root without one.
  init() {}

  init(contentsOf path: String) throws(TrainingError) {
    do throws(FileError) {
      let table = try TabSeparatedValues(contentsOf: path)
      let path = try table.requiredColumn("path")
      let split = table.column("split")
      let speaker = table.column("speaker")
      let licence = table.column("licence")
      for row in table.rows {
        rows[row[path]] = Row(
          split: split.map { row[$0] } ?? "", speaker: speaker.map { row[$0] } ?? "",
          licence: licence.map { row[$0] } ?? "")
      }
    } catch {
      throw .data("\(error)")
    }
  }
}
