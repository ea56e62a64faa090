import SparrowFiles

/// A table in a file: columns named in the first line, a row a line, divided by tabs.
struct TabSeparatedValues {
  private let path: String
  private let columns: [String]
  /// As many fields in each as there are columns.
  let rows: [[String]]

  init(contentsOf path: String) throws(FileError) {
    guard let text = String(validating: try Files.read(path), as: UTF8.self) else {
      throw FileError(path: path, reason: "cannot be read as UTF-8 text")
    }
    // Spreadsheets begin files with a byte-order mark.
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

  /// The place of a column in each row, or nil where there is none of the name.
  func column(_ name: String) -> Int? { columns.firstIndex(of: name) }

  /// The place of a column that has to be there.
  func requiredColumn(_ name: String) throws(FileError) -> Int {
    guard let column = column(name) else {
      throw FileError(path: path, reason: "the first line names no column `\(name)`")
    }
    return column
  }
}
