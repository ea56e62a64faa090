import Foundation

/// Numbers and tables in the text of reports.
package enum ReportText {
  /// A number with a fixed count of digits after the point.
  package static func fixed(_ value: Double, _ digits: Int = 2) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// A fraction as a percentage with one digit after the point.
  package static func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

  /// A count with thin spaces between thousands.
  package static func grouped(_ count: Int) -> String {
    var digits = String(count)
    var index = digits.index(digits.endIndex, offsetBy: -3, limitedBy: digits.startIndex)
    while let place = index, place > digits.startIndex {
      digits.insert("\u{2009}", at: place)
      index = digits.index(place, offsetBy: -3, limitedBy: digits.startIndex)
    }
    return digits
  }

  /// A table with aligned columns: the first to the left, the others to the right.
  package static func table(_ heading: [String], _ rows: [[String]]) -> String {
    let all = [heading] + rows
    let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : space + row[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
