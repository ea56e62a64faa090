import Foundation
import SparrowFiles

/// JSON with keys in snake case, as it lies beside a report's page.
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

  /// The path of the JSON of a page: `PAGE.html.json`, as `PAGE.json` may be where a command's own
  /// output goes.
  static func path(beside page: String) -> String { page + ".json" }

  /// Reads a file; nil where it is missing or has no such value.
  static func read<Value: Decodable>(_ path: String) -> Value? {
    guard Files.exists(path), let bytes = try? Files.read(path, limit: FileLimits.table) else {
      return nil
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(Value.self, from: Data(bytes))
  }

  /// Writes the JSON of a report.
  static func write(_ report: some Encodable, to path: String) throws(FileError) {
    try Files.write(bytes(report, for: path), to: path)
  }
}
