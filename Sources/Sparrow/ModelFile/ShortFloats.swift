/// Half precision by hand: `Float16` is missing from some of Swift's platforms.
package enum Half {
  package static func float(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1f)
    let fraction = Float(bits & 0x3ff) / 1024
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
    }
  }

  /// Rounds to nearest, ties to even; what is too large becomes infinite.
  static func bits(_ value: Float) -> UInt16 {
    let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
    let magnitude = value.magnitude
    if value.isNaN { return 0x7e00 }
    if magnitude >= 65520 { return sign | 0x7c00 }
    // The spacing of half-precision numbers around the magnitude.
    let exponent = max(magnitude == 0 ? -14 : Int(magnitude.exponent), -14)
    let steps = (magnitude * Float(sign: .plus, exponent: 10 - exponent, significand: 1))
      .rounded(.toNearestOrEven)
    // Steps past 2047 carry into the exponent by themselves.
    return sign | UInt16(Int(steps) + (exponent + 14) * 1024)
  }
}

/// The upper half of single precision.
enum BFloat16 {
  static func float(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// To the nearest, or of two equally near ones the even; what is too large becomes infinite.
  static func bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    // A quiet NaN, which rounding could make infinite.
    let rounded = value.isNaN ? bits | 0x40_0000 : bits &+ 0x7fff &+ (bits >> 16 & 1)
    return UInt16(truncatingIfNeeded: rounded >> 16)
  }
}
