import Foundation
import SparrowTraining

/// What a data root's `manifest.tsv` says about its files: a row a file, columns named in the first
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
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw .data("\(path): cannot be read as UTF-8 text")
    }
    var lines = text.split(whereSeparator: \.isNewline)[...]
    let columns = (lines.popFirst() ?? "").split(separator: "\t", omittingEmptySubsequences: false)
    guard let pathColumn = columns.firstIndex(of: "path") else {
      throw .data("\(path): the first line names no column `path`")
    }
    for (number, line) in lines.enumerated() {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == columns.count else {
        throw .data(
          "\(path): row \(number + 2) has \(fields.count) columns; expected \(columns.count)")
      }
      func field(_ name: String) -> String {
        columns.firstIndex(of: name[...]).map { String(fields[$0]) } ?? ""
      }
      rows[String(fields[pathColumn])] = Row(
        split: field("split"), speaker: field("speaker"), licence: field("licence"))
    }
  }
}
