import ArgumentParser
import Sparrow

/// What a command is to say of a network in the file that it writes.
struct InformationOptions: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: "Something to say of the network in its file, as KEY=TEXT; may be given more than once.")
  var information: [String] = []

  func validate() throws {
    if let item = information.first(where: { !$0.contains("=") || $0.hasPrefix("=") }) {
      throw ValidationError("--information is \"\(item)\"; expected KEY=TEXT")
    }
  }

  func add(to network: inout Network) {
    for item in information {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      network.information["\(parts[0])"] = "\(parts[1])"
    }
  }
}
