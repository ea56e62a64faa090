import ArgumentParser
import Sparrow

/// The storage of the weights of a network in single precision.
struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      The storage of single-precision weights: single, bfloat16, int8. Rounding changes the output \
      of the network.
      """, transform: Self.precision)
  var weights = WeightPrecision.single

  /// - Throws: where a network's weights cannot be rounded, as they are integers already.
  func check(_ network: Network, name: String) throws {
    guard weights == .single || network.quantization == nil else {
      throw ValidationError(
        "--weights is for networks in single precision; \(name) is in fixed point")
    }
  }

  private static func precision(_ name: String) throws -> WeightPrecision {
    guard let precision = WeightPrecision(rawValue: name) else {
      let known = WeightPrecision.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("weights cannot be kept as '\(name)'; expected \(known)")
    }
    return precision
  }
}
