import Foundation
import SparrowFiles

/// The JSON beside a report's page, with keys in snake case.
enum ReportJSON {
  /// The bytes of a report, one line per value.
  static func bytes(_ report: some Encodable, for path: String) throws(FileError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do { return Array(try encoder.encode(report)) + [10] } catch {
      throw FileError(path: path, reason: "the report has numbers that JSON has not")
    }
  }

  /// The path of the JSON of a page: that of the page, with another ending.
  static func path(beside page: String) -> String {
    let stem = page.hasSuffix(".html") ? String(page.dropLast(5)) : page
    return stem + ".json"
  }

  /// Writes the JSON of a report.
  static func write(_ report: some Encodable, to path: String) throws(FileError) {
    try Files.write(bytes(report, for: path), to: path)
  }
}
