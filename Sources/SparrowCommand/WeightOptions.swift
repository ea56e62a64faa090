import ArgumentParser
import Sparrow

/// How a command keeps the weights of a network in single precision.
struct WeightOptions: ParsableArguments {
  @Option(
    help: """
      How weights in single precision are kept: single, bfloat16, int8. What is rounded changes what the \
      network computes.
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
