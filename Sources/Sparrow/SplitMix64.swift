/// Random numbers that a seed decides, the same on every machine (Steele et al. 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
  package var state: UInt64

  @inlinable
  package init(seed: UInt64) { state = seed }

  package static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// A number that looks random for every value.
  @inlinable
  package static func mix(_ value: UInt64) -> UInt64 {
    var z = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  @inlinable
  package mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// At least 0, below 1.
  @inlinable
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
