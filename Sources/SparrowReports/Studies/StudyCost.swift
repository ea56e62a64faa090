/// A cost of networks besides MACs and bytes.
public struct StudyCost: Sendable, Hashable, Encodable {
  /// The key in the JSON of a study.
  public let key: String
  /// The name, as "time of a step".
  public let title: String
  /// The unit, as "µs".
  public let unit: String
  /// The kind of the number: "measured" or "simulated".
  public let kind: String

  /// The measured time of a step where the study's steps ran.
  static let measuredTime = StudyCost(
    key: "step_us", title: "time of a step", unit: "µs", kind: "measured")

  /// The energy of a frame on a chip.
  static func energy(on chip: String) -> StudyCost {
    StudyCost(
      key: "energy_\(chip)", title: "energy a frame on \(chip)", unit: "J", kind: "simulated")
  }

  /// The latency of a frame on a chip.
  static func latency(on chip: String) -> StudyCost {
    StudyCost(
      key: "latency_\(chip)", title: "latency of a frame on \(chip)", unit: "s", kind: "simulated")
  }
}
