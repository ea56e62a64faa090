import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Random numbers that a seed decides, the same on every machine: SplitMix64 (Steele et al. 2014).
///
/// Numbers of different streams of one seed are unrelated, so a training step's numbers can be made from
/// its index alone, and a run that was interrupted goes on with the numbers it would have had.
public struct RandomNumbers: RandomNumberGenerator, Sendable {
  private var generator: SplitMix64

  public init(seed: UInt64, stream: UInt64 = 0) {
    let mixed = SplitMix64.mix(stream &* 0xd134_2543_de82_ef95 &+ 1)
    generator = SplitMix64(seed: SplitMix64.mix(seed &+ SplitMix64.increment) ^ mixed)
  }

  public mutating func next() -> UInt64 { generator.next() }

  /// At least 0, below 1.
  public mutating func uniform() -> Double { generator.unit() }

  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Below `count`.
  public mutating func index(below count: Int) -> Int { Int(uniform() * Double(count)) }

  /// With a mean of 0 and a variance of 1 (Box and Muller).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
