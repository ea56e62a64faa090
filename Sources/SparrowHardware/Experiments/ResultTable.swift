import Foundation

/// A table of an experiment, with what has to be said of it.
public struct ResultTable: Sendable, Codable {
  public var title: String
  /// What the numbers are, and how they are known.
  public var note: String
  public var heading: [String]
  public var rows: [[String]]

  public init(title: String, note: String, heading: [String], rows: [[String]]) {
    self.title = title
    self.note = note
    self.heading = heading
    self.rows = rows
  }

  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = "|" + heading.indices.map { $0 == 0 ? "---|" : "---:|" }.joined()
    return (["## \(title)", "", note, "", line(heading), rule] + rows.map(line))
      .joined(separator: "\n") + "\n"
  }
}

/// Numbers as tables show them: about three digits.
enum Digits {
  static func ratio(_ value: Double) -> String { text(value) + "×" }
  static func percent(_ share: Double) -> String { text(100 * share) + " %" }

  static func text(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let digits = abs(value) >= 99.95 ? 0 : abs(value) >= 9.995 ? 1 : 2
    let scale = [1.0, 10, 100][digits]
    let scaled = Int((abs(value) * scale).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(scaled)" }
    let fraction = String(String(scaled % Int(scale) + Int(scale)).dropFirst())
    return "\(sign)\(scaled / Int(scale)).\(fraction)"
  }

  /// Seconds or joules, with a prefix.
  static func si(_ value: Double, _ unit: String) -> String {
    let prefixes = [(1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p")]
    let (factor, prefix) = prefixes.first { abs(value) >= 0.9995 * $0.0 } ?? (1, "")
    return "\(text(value / factor)) \(prefix)\(unit)"
  }
}

/// The mean of ratios.
func geometricMean(_ values: [Double]) -> Double {
  exp(values.reduce(0) { $0 + log($1) } / Double(max(values.count, 1)))
}
