#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Network {
  /// A number that differs for networks that compute different things: FNV-1a over the description
  /// of the layers and the bits of every parameter.
  public var fingerprint: UInt64 {
    var hash = FNV1a()
    hash.add(UInt64(inputWidth))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for byte in (try? encoder.encode(layers)) ?? Data() { hash.add(UInt64(byte)) }
    if let integers {
      integers.parameters.add(to: &hash)
    } else {
      for description in parameterDescriptions {
        hash.add(description.name)
        for value in self[description.name].values { hash.add(UInt64(value.bitPattern)) }
      }
    }
    if let quantization {
      hash.add(quantization.scheme.name)
      for (place, exponent) in quantization.activations.sorted(by: { $0.key < $1.key }) {
        hash.add(place)
        hash.add(UInt64(bitPattern: Int64(exponent)))
      }
      for (name, exponents) in quantization.parameters.sorted(by: { $0.key < $1.key }) {
        hash.add(name)
        for exponent in exponents { hash.add(UInt64(bitPattern: Int64(exponent))) }
      }
    }
    return hash.value
  }
}

/// The hash of Fowler, Noll and Vo, 64 bits, fed a word at a time.
package struct FNV1a {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  private static let prime: UInt64 = 0x100_0000_01b3
  /// Powers of the prime from the first on.
  private static let powers = (0..<64).map { (count: Int) in
    (0..<count).reduce(prime) { power, _ in power &* prime }
  }

  package mutating func add(_ word: UInt64) { value = (value ^ word) &* Self.prime }

  /// Adds so many words that are zero.
  mutating func add(zeros count: Int) {
    var left = count
    while left > 0 {
      let run = min(left, Self.powers.count)
      value &*= Self.powers[run - 1]
      left -= run
    }
  }

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(UInt64(byte)) }
  }
}
