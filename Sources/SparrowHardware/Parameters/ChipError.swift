import Sparrow

/// An error of simulating a network on a chip.
public enum ChipError: Error, Equatable, CustomStringConvertible {
  /// A chip file is invalid.
  case invalid(chip: String, reason: String)
  /// A network or layer does not fit on the chip.
  ///
  /// - Parameters:
  ///   - chip: The chip's name.
  ///   - what: What does not fit, how much it needs and how much there is.
  ///   - chips: The number of such chips that would hold it; nil if no number would.
  case doesNotFit(chip: String, what: String, chips: Int?)
  /// The chip cannot compute the network.
  case unsupported(chip: String, reason: String)
  /// A workload is invalid.
  case workload(String)

  public var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .invalid(let chip, let reason): "the chip \(chip): \(reason)"
    case .doesNotFit(let chip, let what, let chips):
      "\(what) on \(chip)" + (chips.map { "; it takes \($0) such chips" } ?? "")
    case .unsupported(let chip, let reason): "\(chip) cannot compute this network: \(reason)"
    case .workload(let reason): "the workload: \(reason)"
    }
  }
}
