import Foundation
import SparrowFiles

/// A number with a fixed count of digits after the point.
func fixed(_ value: Double, _ digits: Int = 2) -> String {
  String(format: "%.\(digits)f", value)
}

/// A share as a percentage with one digit after the point.
func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }

/// A count with spaces between thousands.
func grouped(_ count: Int) -> String {
  var digits = String(count)
  var index = digits.index(digits.endIndex, offsetBy: -3, limitedBy: digits.startIndex)
  while let place = index, place > digits.startIndex {
    digits.insert("\u{2009}", at: place)
    index = digits.index(place, offsetBy: -3, limitedBy: digits.startIndex)
  }
  return digits
}

/// Rows under a heading, columns aligned; the first to the left, the others to the right.
func table(_ heading: [String], _ rows: [[String]]) -> String {
  let all = [heading] + rows
  let widths = heading.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
  return all.map { row in
    row.indices.map { column in
      let space = String(repeating: " ", count: widths[column] - row[column].count)
      return column == 0 ? row[column] + space : space + row[column]
    }.joined(separator: "  ")
  }.joined(separator: "\n")
}

/// Writes a result to standard output, at once: what one buffers would cut into what another does not.
///
/// - Throws: where it cannot be written, so that nothing is lost in silence.
func show(_ text: String, terminator: String = "\n") throws(FileError) {
  try Files.write(Array((text + terminator).utf8), toDescriptor: 1, path: "standard output")
}

/// A line for people, beside whatever goes to standard output. Where nobody can be told, the work goes on.
func note(_ line: String) { tell(line.readable + "\n") }

private func tell(_ text: String) {
  try? Files.write(Array(text.utf8), toDescriptor: 2, path: "standard error")
}

/// How far a long task is, on one line of a terminal; nothing where standard error is not one.
final class ProgressBar {
  private let isVisible = isatty(FileHandle.standardError.fileDescriptor) == 1
  private var lastShown = -1

  /// - Parameters:
  ///   - share: from 0 to 1.
  ///   - label: what is being done.
  func show(_ share: Double, _ label: String) {
    let permille = Int(1000 * min(max(share, 0), 1))
    guard isVisible, permille != lastShown else { return }
    lastShown = permille
    let width = 30
    let filled = permille * width / 1000
    let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    tell("\r\u{1B}[K\(bar) \(permille / 10) %  \(label)")
  }

  func clear() {
    guard isVisible, lastShown >= 0 else { return }
    tell("\r\u{1B}[K")
  }
}

/// What programs read in place of text: one JSON object, names in snake case.
///
/// - Parameter isPretty: whether it takes a line a value, as files have it, instead of one line.
func jsonText(_ value: some Encodable, isPretty: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.keyEncodingStrategy = .convertToSnakeCase
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
