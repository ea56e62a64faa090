import SparrowFiles

/// A table of tab-separated values, with the names of columns in the first line.
struct TabSeparatedValues {
  private let path: String
  private let columns: [String]
  /// The fields of each row, as many as there are columns.
  let rows: [[String]]

  init(contentsOf path: String) throws(FileError) {
    guard
      let text = String(validating: try Files.read(path, limit: FileLimits.table), as: UTF8.self)
    else {
      throw FileError(path: path, reason: "cannot be read as UTF-8 text")
    }
    // Spreadsheets write a byte-order mark.
    let marks = text.unicodeScalars.prefix { $0 == "\u{feff}" }.count
    var lines = String(text.unicodeScalars.dropFirst(marks)).split(whereSeparator: \.isNewline).map
    { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }[...]
    let columns = lines.popFirst() ?? []
    for (number, fields) in lines.enumerated() where fields.count != columns.count {
      throw FileError(
        path: path,
        reason: "row \(number + 2) has \(fields.count) columns; expected \(columns.count)")
    }
    self.path = path
    self.columns = columns
    rows = Array(lines)
  }

  /// The index of a column; nil if there is none of that name.
  func column(_ name: String) -> Int? { columns.firstIndex(of: name) }

  /// The index of a column.
  ///
  /// - Throws: `FileError` if there is none of that name.
  func requiredColumn(_ name: String) throws(FileError) -> Int {
    guard let column = column(name) else {
      throw FileError(path: path, reason: "the first line has no column `\(name)`")
    }
    return column
  }
}
