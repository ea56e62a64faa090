/// Signed fixed-point numbers: integers of `bits` bits, worth 2^-`exponent` each.
///
/// The range is symmetric, from -(2^(bits-1) - 1) to 2^(bits-1) - 1, so that a number can always be
/// negated.
public struct FixedPointFormat: Sendable, Hashable {
  /// 2 to 32.
  public var bits: Int
  /// The exponent e: an integer q stands for q · 2^-e.
  public var exponent: Int

  /// A format.
  public init(bits: Int, exponent: Int) {
    precondition((2...32).contains(bits))
    self.bits = bits
    self.exponent = exponent
  }

  /// The largest integer.
  public var limit: Int32 { Int32(truncatingIfNeeded: (Int64(1) << (bits - 1)) - 1) }
  /// The value of the integer 1.
  public var step: Float { Float(sign: .plus, exponent: -exponent, significand: 1) }

  /// The integer nearest to `value`, ties to even; the nearest that there is where `value` is out
  /// of range.
  public func integer(_ value: Float) -> Int32 {
    let scaled = (Double(value) * Double(sign: .plus, exponent: exponent, significand: 1))
      .rounded(.toNearestOrEven)
    return Int32(min(max(scaled, -Double(limit)), Double(limit)))
  }

  /// The number nearest to `value`.
  public func rounded(_ value: Float) -> Float { Float(integer(value)) * step }

  /// The finest format of so many bits that holds `magnitude`.
  public init(bits: Int, holding magnitude: Float) {
    self.init(bits: bits, exponent: 0)
    guard magnitude > 0, magnitude.isFinite else { return }
    // magnitude < 2^(exponent + 1); the limit lies just below 2^(bits - 1).
    exponent = bits - 2 - Int(magnitude.exponent)
    if Double(magnitude) > Double(limit) * Double(step) { exponent -= 1 }
  }
}

extension FixedPointFormat {
  /// The formats of the weights of a matrix, one per row or one for all rows: the finest that holds
  /// the largest weight, or the next finer one if clipping the largest weights reduces the sum of
  /// squared errors.
  ///
  /// - Parameters:
  ///   - bits: The bits of a weight.
  ///   - parts: The matrix, row-major: one part, or the real and the imaginary part of a complex
  ///     one, which share a row's format.
  ///   - rows: The number of rows.
  ///   - byRow: Whether every row has its own format.
  public static func weightFormats(
    bits: Int, parts: [[Float]], rows: Int, byRow: Bool
  ) -> [FixedPointFormat] {
    let groups = byRow ? rows : 1
    return (0..<groups).map { group in
      let slices = parts.map { part in
        let size = part.count / max(groups, 1)
        return part[group * size..<(group + 1) * size]
      }
      let largest = slices.reduce(Float(0)) { max($0, $1.reduce(0) { max($0, $1.magnitude) }) }
      let whole = FixedPointFormat(bits: bits, holding: largest)
      let finer = FixedPointFormat(bits: bits, exponent: whole.exponent + 1)
      return finer.squaredError(slices) < whole.squaredError(slices) ? finer : whole
    }
  }

  private func squaredError(_ slices: [ArraySlice<Float>]) -> Double {
    slices.reduce(0) { sum, slice in
      slice.reduce(sum) {
        let error = Double($1 - rounded($1))
        return $0 + error * error
      }
    }
  }
}
