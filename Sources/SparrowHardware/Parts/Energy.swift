/// Joules by part. The total is the sum of the parts, and nothing else.
public struct Energy: Sendable, Hashable {
  public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    case multipliers
    case weightBuffer
    case vectorBuffer
    case partialSums
    case activationUnit
    case cellUpdater
    case offChipMemory
    case synapses
    case neurons
    case messages
    /// What flows whatever is done: leakage, clocks, a board's power.
    case staticPower
  }

  /// Parts that took something.
  public private(set) var parts: [Part: Double] = [:]

  public init() {}

  public var total: Double {
    // In a fixed order, so that the sum is the same on every run.
    Part.allCases.reduce(0) { $0 + (parts[$1] ?? 0) }
  }

  public subscript(part: Part) -> Double { parts[part] ?? 0 }

  mutating func add(_ part: Part, _ joules: Double) {
    guard joules != 0 else { return }
    parts[part, default: 0] += joules
  }
}
