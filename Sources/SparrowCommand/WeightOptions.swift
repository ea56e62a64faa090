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

  private static func precision(_ name: String) throws -> WeightPrecision {
    guard let precision = WeightPrecision(rawValue: name) else {
      let known = WeightPrecision.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("weights cannot be kept as '\(name)'; expected \(known)")
    }
    return precision
  }
}
