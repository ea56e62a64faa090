import Foundation
import SparrowFiles
import SparrowTasks

/// A number with a fixed count of digits after the point.
func fixed(_ value: Double, _ digits: Int = 2) -> String { ReportText.fixed(value, digits) }

/// A fraction as a percentage with one digit after the point.
func percent(_ share: Double) -> String { ReportText.percent(share) }

/// A count with thin spaces between thousands.
func grouped(_ count: Int) -> String { ReportText.grouped(count) }

/// A table with aligned columns: the first to the left, the others to the right.
func table(_ heading: [String], _ rows: [[String]]) -> String { ReportText.table(heading, rows) }

/// Writes a result to standard output without buffering, in order with other writes to it.
///
/// - Throws: `FileError` if it cannot be written.
func show(_ text: String, terminator: String = "\n") throws(FileError) {
  try Files.write(Array((text + terminator).utf8), toDescriptor: 1, path: "standard output")
}

/// Writes lines to standard error. Errors of writing them are ignored.
func note(_ text: String) { tell(text.readableLines + "\n") }

/// Writes what was wrong with a sound.
func noteWarnings(damage: String?, notes: [String]) {
  for line in [damage].compactMap({ $0 }) + notes { note("Warning: \(line)") }
}

private func tell(_ text: String) {
  try? Files.write(Array(text.utf8), toDescriptor: 2, path: "standard error")
}

/// A progress bar on standard error, if that is a terminal.
final class ProgressBar {
  private let isVisible = isatty(FileHandle.standardError.fileDescriptor) == 1
  private var lastShown = -1

  /// - Parameters:
  ///   - share: The completed fraction, from 0 to 1.
  ///   - label: The name of the work.
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

/// A JSON object with keys in snake case.
///
/// - Parameters:
///   - value: The value to encode.
///   - isPretty: Whether the object has one line per value, as in files, or is one line.
func jsonText(_ value: some Encodable, isPretty: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.keyEncodingStrategy = .convertToSnakeCase
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
