/// A prefix of a unit in the International System of Units, from pico to tera.
public struct SIPrefix: Sendable, Hashable {
  /// The power of ten, a multiple of three: 6 for mega.
  public let exponent: Int
  /// The symbol: "M" for mega, empty for no prefix.
  public let symbol: String
  /// Ten to the power of ``exponent``.
  public let factor: Double

  private init(_ exponent: Int, _ symbol: String, _ factor: Double) {
    self.exponent = exponent
    self.symbol = symbol
    self.factor = factor
  }

  /// No prefix.
  public static let none = SIPrefix(0, "", 1)

  /// All prefixes, largest first.
  public static let all = [
    SIPrefix(12, "T", 1e12), SIPrefix(9, "G", 1e9), SIPrefix(6, "M", 1e6), SIPrefix(3, "k", 1e3),
    none, SIPrefix(-3, "m", 1e-3), SIPrefix(-6, "µ", 1e-6), SIPrefix(-9, "n", 1e-9),
    SIPrefix(-12, "p", 1e-12),
  ]

  /// The prefix with which a value, rounded to three digits, is at least 1.
  ///
  /// - Parameter exponents: Prefixes to choose among, by their power of ten.
  /// - Returns: ``none`` if the value is too small for all of them.
  public static func of(_ value: Double, among exponents: ClosedRange<Int> = -12...12) -> SIPrefix {
    all.first { exponents.contains($0.exponent) && abs(value) >= 0.9995 * $0.factor } ?? none
  }
}
