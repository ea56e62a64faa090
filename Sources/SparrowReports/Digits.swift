import Foundation
import SparrowFigures
import SparrowTasks

/// Numbers in tables, most of them with about three digits.
package enum Digits {
  /// A ratio, as "3.50×".
  static func ratio(_ value: Double) -> String { text(value) + "×" }
  /// A fraction as a percentage.
  static func percent(_ share: Double) -> String { text(100 * share) + " %" }

  /// About three digits; a dash for numbers that are not finite.
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

  /// A duration, as "3 h 12 min".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e12 else { return "–" }
    if seconds < 99.5 { return "\(text(seconds)) s" }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }

  /// A count with thin spaces between thousands.
  static func grouped(_ count: Int) -> String { ReportText.grouped(count) }

  /// A number with a fixed count of digits after the point.
  static func fixed(_ value: Double, _ digits: Int = 2) -> String {
    ReportText.fixed(value, digits)
  }

  /// A quantity with a unit and its SI prefix, from pico to none, and about three digits.
  static func si(_ value: Double, _ unit: String) -> String {
    let prefix = SIPrefix.of(value, among: -12...0)
    return "\(text(value / prefix.factor)) \(prefix.symbol)\(unit)"
  }
}

/// The geometric mean.
func geometricMean(_ values: [Double]) -> Double {
  exp(values.reduce(0) { $0 + log($1) } / Double(max(values.count, 1)))
}
