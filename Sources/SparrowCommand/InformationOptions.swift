import ArgumentParser
import Sparrow

/// Information about a network in the model file that a command writes.
struct InformationOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: "Information in the model file, as KEY=TEXT; may be given more than once.")
  var information: [String] = []

  func validate() throws {
    if let item = information.first(where: { !$0.contains("=") || $0.hasPrefix("=") }) {
      throw ValidationError("--information is \"\(item)\"; expected KEY=TEXT")
    }
  }

  /// Adds the given information.
  func add(to network: inout Network) {
    for item in information {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      network.information["\(parts[0])"] = "\(parts[1])"
    }
  }
}
