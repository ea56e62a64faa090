import Foundation
import Sparrow

/// R(x, s) of `Documentation/FixedPoint.md`: x / 2^s to the nearest integer, ties upwards.
@inline(__always)
func rounded(_ x: Int, _ shift: Int) -> Int {
  shift <= 0 ? x << -shift : (x + (1 << (shift - 1))) >> shift
}

@inline(__always)
func clipped(_ x: Int, _ limit: Int) -> Int { min(max(x, -limit), limit) }

/// A function of a number in fixed point, by a table of its values at the multiples of 1/64 from 0
/// to 8, straight between them.
struct TabulatedFunction: Sendable, Hashable {
  private let values: [Int]
  private let isOdd: Bool

  /// The argument is worth 2^-12, the value 2^-15.
  static let argumentExponent = 12
  static let valueExponent = 15

  static let sigmoid = TabulatedFunction(isOdd: false) { 1 / (1 + exp(-$0)) }
  static let tanh = TabulatedFunction(isOdd: true) { Foundation.tanh($0) }
  /// GELU's factor of its argument.
  static let geluFactor = TabulatedFunction(isOdd: false) {
    0.5 * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
  }

  private init(isOdd: Bool, _ function: (Double) -> Double) {
    self.isOdd = isOdd
    values = (0...512).map { Int((function(Double($0) / 64) * 32768).rounded()) }
  }

  /// - Parameter exponent: of x.
  func callAsFunction(_ x: Int, exponent: Int) -> Int {
    let argument = clipped(rounded(x, exponent - Self.argumentExponent), 32767)
    let segment = abs(argument) / 64
    let slope = values[segment + 1] - values[segment]
    let value = values[segment] + rounded(slope * (abs(argument) % 64), 6)
    return argument >= 0 ? value : isOdd ? -value : 32768 - value
  }
}

/// The integers of a network in fixed point, as a chip is given them.
struct LayerIntegers {
  let integers: IntegerParameters
  let quantization: Quantization

  /// The exponent of what is at a place; see `Quantization.activations`.
  func exponent(_ place: String) -> Int { quantization.activations[place]! }

  /// The integers of a group of parameters, row-major, and the exponent of each of its rows.
  ///
  /// - Parameter part: of a complex parameter: 0 for the real, 1 for the imaginary one.
  func integers(_ name: String, part: Int = 0) -> (values: [Int], exponents: [Int]) {
    let group = integers.groups[name]!
    return (group.values(part), group.exponents)
  }

  /// A bias in units of what it is added to.
  func bias(_ name: String, part: Int = 0, aligned exponents: [Int]) -> [Int] {
    let bias = integers(name, part: part)
    return bias.values.indices.map { bias.values[$0] << (exponents[$0] - bias.exponents[$0]) }
  }
}
