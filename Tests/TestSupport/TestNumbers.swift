/// Numbers that a seed decides, the same on every machine (SplitMix64).
public struct TestNumbers: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  public mutating func float(in range: ClosedRange<Float> = -1...1) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) * 0x1p-24
  }

  public mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in float(in: range) }
  }

  /// As ``floats(_:in:)``, a share of them exactly zero.
  public mutating func sparseFloats(_ count: Int, density: Float) -> [Float] {
    (0..<count).map { _ in
      let value = float()
      return float(in: 0...1) < density ? value : 0
    }
  }
}
