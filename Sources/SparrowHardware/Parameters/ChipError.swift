/// Why a chip, or a network on it, cannot be simulated: what is wrong, where, and what was expected.
public enum ChipError: Error, Equatable, CustomStringConvertible {
  /// A file that does not describe a chip.
  case invalid(chip: String, reason: String)
  /// A network, or a layer, that the chip has no room for.
  ///
  /// - Parameters:
  ///   - what: what has no room, and how much it takes of how much there is.
  ///   - chips: how many such chips would hold it, where more of them would.
  case doesNotFit(chip: String, what: String, chips: Int?)
  /// A network that the chip cannot compute.
  case unsupported(chip: String, reason: String)
  /// A workload that makes no sense.
  case workload(String)

  public var description: String {
    switch self {
    case .invalid(let chip, let reason): "the chip \(chip): \(reason)"
    case .doesNotFit(let chip, let what, let chips):
      "\(what) on \(chip)" + (chips.map { "; it takes \($0) such chips" } ?? "")
    case .unsupported(let chip, let reason): "\(chip) cannot compute this network: \(reason)"
    case .workload(let reason): "the workload: \(reason)"
    }
  }
}
