import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Pseudo-random numbers, the same on every machine: SplitMix64 (Steele et al. 2014).
///
/// The streams of a seed are independent. A training step has the stream of its index, so that a
/// resumed run gets the same numbers.
public struct RandomNumbers: RandomNumberGenerator, Sendable {
  private var generator: SplitMix64

  /// The numbers of a stream of a seed.
  public init(seed: UInt64, stream: UInt64 = 0) {
    let mixed = SplitMix64.mix(stream &* 0xd134_2543_de82_ef95 &+ 1)
    generator = SplitMix64(seed: SplitMix64.mix(seed &+ SplitMix64.increment) ^ mixed)
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 { generator.next() }

  /// A uniform number, at least 0 and below 1.
  public mutating func uniform() -> Double { generator.unit() }

  /// A uniform number in a range.
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A uniform integer, at least 0 and below `count`.
  public mutating func index(below count: Int) -> Int { Int(uniform() * Double(count)) }

  /// A normal number with mean 0 and variance 1 (Box and Muller 1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
