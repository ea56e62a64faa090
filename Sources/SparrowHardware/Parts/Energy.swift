/// Energy in joules by part of a chip.
public struct Energy: Sendable, Hashable {
  /// A part of a chip.
  public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    /// Multipliers and adder trees.
    case multipliers
    /// The buffer of weights.
    case weightBuffer
    /// The buffer of activations.
    case vectorBuffer
    /// The buffer of partial sums.
    case partialSums
    /// The activation unit.
    case activationUnit
    /// The cell updater.
    case cellUpdater
    /// Memory off the chip.
    case offChipMemory
    /// Synaptic operations of neuron cores.
    case synapses
    /// Updates of neurons.
    case neurons
    /// Messages over the mesh.
    case messages
    /// Power that does not depend on the work: leakage, clocks, the board.
    case staticPower
  }

  /// The energy of each part that used some, in joules.
  public private(set) var parts: [Part: Double] = [:]

  /// No energy.
  public init() {}

  /// The sum of all parts, in joules.
  public var total: Double {
    // In a fixed order, so that the sum is the same on every run.
    Part.allCases.reduce(0) { $0 + (parts[$1] ?? 0) }
  }

  /// The energy of one part, in joules.
  public subscript(part: Part) -> Double { parts[part] ?? 0 }

  mutating func add(_ part: Part, _ joules: Double) {
    guard joules != 0 else { return }
    parts[part, default: 0] += joules
  }
}
