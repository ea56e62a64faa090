#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The mapping from values to positions along an axis.
public struct Scale: Sendable, Hashable {
  /// The spacing of values.
  public enum Kind: Sendable, Hashable {
    /// Positions are proportional to values.
    case linear
    /// Positions are proportional to the logarithm of values.
    case logarithmic
  }

  /// A labelled value on the axis.
  public struct Tick: Sendable, Hashable {
    /// The value.
    public let value: Double
    /// The value as text.
    public let label: String
  }

  /// The spacing of values.
  public let kind: Kind
  /// The values at the ends of the axis.
  public let domain: ClosedRange<Double>

  /// A scale that holds all values, with a margin on both sides.
  ///
  /// - Parameters:
  ///   - kind: The spacing of values.
  ///   - values: The values.
  ///   - margin: The margin as a fraction of the range of values.
  /// - Precondition: the values are finite; on a logarithmic axis, positive.
  public init(_ kind: Kind, holding values: [Double], margin: Double = 0.12) {
    precondition(values.allSatisfy(\.isFinite), "a scale holds finite values")
    precondition(kind == .linear || values.allSatisfy { $0 > 0 }, "a logarithm's value is positive")
    self.kind = kind
    let transform: (Double) -> Double = kind == .linear ? { $0 } : { log10($0) }
    let low = transform(values.min() ?? 1)
    let high = transform(values.max() ?? 1)
    // A single value still needs an axis around it.
    let span = high > low ? high - low : kind == .linear ? max(abs(high), 1) : 1
    let room = (high > low ? margin : 0.12) * span
    domain =
      kind == .linear ? low - room...high + room : pow(10, low - room)...pow(10, high + room)
  }

  /// The position of a value: 0 at the beginning of the axis, 1 at its end.
  public func position(of value: Double) -> Double {
    let (low, high) = (domain.lowerBound, domain.upperBound)
    return switch kind {
    case .linear: (value - low) / (high - low)
    case .logarithmic: log10(value / low) / log10(high / low)
    }
  }

  /// About `count` round values on the axis, at least 0.75 / `count` of its length apart: multiples
  /// of 1, 2 or 5 times a power of ten; on a logarithmic axis, digits times powers of ten.
  public func ticks(about count: Int = 6) -> [Tick] {
    switch kind {
    case .linear: linearTicks(count)
    case .logarithmic: logarithmicTicks(count)
    }
  }

  private func linearTicks(_ count: Int) -> [Tick] {
    let span = domain.upperBound - domain.lowerBound
    let rough = span / Double(max(count, 1))
    var exponent = Int(floor(log10(rough)))
    var mantissa = [1.0, 2, 5, 10].first { $0 * pow(10, Double(exponent)) >= rough * 0.999 } ?? 10
    if mantissa == 10 { (mantissa, exponent) = (1, exponent + 1) }
    let step = mantissa * pow(10, Double(exponent))
    let first = Int((domain.lowerBound / step).rounded(.up))
    let last = Int((domain.upperBound / step).rounded(.down))
    guard first <= last else { return [] }
    // One prefix for all, and as many digits as the step has.
    let largest = max(abs(domain.lowerBound), abs(domain.upperBound))
    let prefix = largest >= 10_000 ? SIPrefix.of(largest, among: -9...12) : .none
    let unit = prefix.symbol.isEmpty ? "" : "\u{2009}\(prefix.symbol)"
    let digits = min(max(0, prefix.exponent - exponent), 12)
    return (first...last).map { index in
      let value = Double(index) * step
      return Tick(
        value: value,
        label: fixedPoint(value / prefix.factor, digits: digits) + (index == 0 ? "" : unit))
    }
  }

  private func logarithmicTicks(_ count: Int) -> [Tick] {
    let exponents = Int(floor(log10(domain.lowerBound)))...Int(ceil(log10(domain.upperBound)))
    func values(_ mantissas: [Double], every stride: Int = 1) -> [Double] {
      exponents.filter { $0.isMultiple(of: stride) }
        .flatMap { exponent in mantissas.map { $0 * pow(10, Double(exponent)) } }
        .filter(domain.contains)
    }
    // The richest choice whose labels have room.
    let mantissas = [
      [1.0, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 6, 8], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3],
    ]
    let choices =
      mantissas.map { values($0) } + (1...exponents.count).map { values([1], every: $0) }
    let distance = 0.75 / Double(max(count, 1))
    let chosen =
      choices.first { choice in
        zip(choice, choice.dropFirst()).allSatisfy {
          position(of: $1) - position(of: $0) >= distance
        }
      } ?? []
    // Between values that are close to each other there is no round one.
    if chosen.count < 2 { return linearTicks(count).filter { $0.value > 0 } }
    return chosen.map { Tick(value: $0, label: Self.magnitude($0)) }
  }

  /// A number with three digits and an SI prefix: 20 k, 1.5 M.
  public static func magnitude(_ value: Double) -> String {
    let prefix = SIPrefix.of(value, among: -9...12)
    let scaled = value / prefix.factor
    let digits = abs(scaled) >= 99.95 ? 0 : abs(scaled) >= 9.995 ? 1 : 2
    let unit = prefix.symbol.isEmpty ? "" : "\u{2009}\(prefix.symbol)"
    return fixedPoint(scaled, digits: digits) + unit
  }
}
