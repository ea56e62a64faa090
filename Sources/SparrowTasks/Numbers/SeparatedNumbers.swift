package import SparrowFiles

/// A table of numbers as text, a frame per line: values separated by commas, semicolons, tabs or
/// spaces, and optionally a line of names before them, as many as there are values. Lines that
/// begin with #, and empty lines before and after all frames, are left out.
package enum SeparatedNumbers {
  /// Whether bytes may be such a table: they begin with text.
  static func isLikely(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: mark)
      || bytes.prefix(256).allSatisfy { (0x20...0x7e).contains($0) || (0x09...0x0d).contains($0) }
  }

  /// The mark of UTF-8, which spreadsheets put first.
  private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

  /// Reads an array of shape [frames, values per frame].
  ///
  /// - Throws: `FileError` where a line has another number of values than those before, or a value
  ///   is no finite number.
  static func read(_ bytes: [UInt8], path: String) throws(FileError) -> NumberArray {
    guard bytes.contains(where: { !(0x09...0x0d).contains($0) && $0 != 0x20 }) else {
      throw FileError(path: path, reason: "it is empty")
    }
    var values: [Float] = []
    var frames = 0
    var width = 0
    var names: Int?
    var emptyLine: Int?
    var number = 0
    for line in bytes.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0a }) {
      number += 1
      let fields = fields(of: line)
      if fields.isEmpty {
        let isEmpty = line.allSatisfy { (0x09...0x0d).contains($0) || $0 == 0x20 }
        if isEmpty, frames > 0, emptyLine == nil { emptyLine = number }
        continue
      }
      if frames == 0, names == nil, isNames(fields) {
        names = fields.count
        continue
      }
      if let emptyLine {
        throw FileError(
          path: path,
          reason: "line \(emptyLine) is empty, and frames follow it; expected one series, as only "
            + "on standard input an empty line begins another")
      }
      if frames == 0 {
        width = names ?? fields.count
      }
      try values.append(contentsOf: row(fields, width: width, line: number, path: path))
      frames += 1
    }
    guard frames > 0 else {
      throw FileError(
        path: path,
        reason: "neither a NumPy array nor safetensors, and as text it has no line of numbers")
    }
    return NumberArray(shape: [frames, width], values: values)
  }

  /// Whether a line has names instead of numbers.
  package static func isNames(_ fields: [String]) -> Bool {
    fields.allSatisfy { Float($0) == nil }
  }

  /// The numbers of a line.
  ///
  /// - Throws: `FileError`, with the line's number.
  package static func row(
    _ fields: [String], width: Int, line: Int, path: String
  ) throws(FileError) -> [Float] {
    guard fields.count == width else {
      throw FileError(
        path: path, reason: "line \(line) has \(fields.count) values; expected \(width)")
    }
    var values: [Float] = []
    for (column, field) in fields.enumerated() {
      guard let value = Float(field), value.isFinite else {
        throw FileError(
          path: path,
          reason: "line \(line), value \(column + 1) is \"\(field.prefix(40))\"; expected a finite "
            + "number")
      }
      values.append(value)
    }
    return values
  }

  /// The fields of a line; none for an empty one or a comment.
  package static func fields(of line: some Collection<UInt8>) -> [String] {
    var text = Substring(String(decoding: line, as: UTF8.self))
    while let last = text.last, last.isWhitespace { text.removeLast() }
    while let first = text.first, first.isWhitespace || first == "\u{feff}" { text.removeFirst() }
    guard !text.isEmpty, text.first != "#" else { return [] }
    for separator: Character in [",", ";", "\t"] where text.contains(separator) {
      return text.split(separator: separator, omittingEmptySubsequences: false).map {
        String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
    }
    return text.split(separator: " ").map(String.init)
  }
}
