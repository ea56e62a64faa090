/// What a chip would take for a workload. Simulated, every number of it.
public struct SimulationResult: Sendable {
  public struct Layer: Sendable {
    public var name: String
    /// K and fringe, where the chip has a choice; else empty.
    public var setting: String
    /// Of all steps.
    public var cycles: Double
    public var seconds: Double
    /// Multiply-accumulates that had to be done, of all steps.
    public var neededMACs: Int
    public var utilization: Double
  }

  public var chip: String
  public var workload: String
  /// That were simulated, of all sequences.
  public var steps: Int
  public var layers: [Layer]
  /// Of all steps, weights being where they belong.
  public var cycles: Double
  public var seconds: Double
  /// Besides, for weights that come from off chip because the chip cannot hold all of them at once.
  public var weightLoadSeconds: Double
  public var energy: Energy
  /// Multiplications of all steps that were carried out, padding included.
  public var multiplications: Int
  /// Those that had to be: for a weight that is not zero and an activation that is not.
  public var neededMACs: Int
  /// Of the chip's multiplications in the time that it took, those that had to be done: 0 to 1.
  public var utilization: Double

  /// Cycles that were simulated one by one to find this, those of settings that were not chosen included; 0
  /// where the chip is a formula.
  public var simulatedCycles = 0.0

  public var cyclesPerStep: Double { cycles / Double(steps) }
  /// Seconds from a frame to its result where frames come one at a time; else a step's share.
  public var latency: Double { seconds / Double(steps) }
  public var energyPerStep: Double { energy.total / Double(steps) }
  public var macsPerStep: Double { Double(neededMACs) / Double(steps) }
}
