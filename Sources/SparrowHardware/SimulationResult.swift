/// The simulated cost of a workload on a chip.
public struct SimulationResult: Sendable {
  /// The cost of one layer.
  public struct Layer: Sendable {
    /// The name of the layer.
    public var name: String
    /// K and fringe; empty if the chip has no choice.
    public var setting: String
    /// Cycles of all steps.
    public var cycles: Double
    /// Seconds of all steps.
    public var seconds: Double
    /// Effective multiply-accumulates of all steps.
    public var neededMACs: Int
    /// Effective multiply-accumulates divided by those that the chip could do in the same time,
    /// from 0 to 1.
    public var utilization: Double
  }

  /// The name of the chip.
  public var chip: String
  /// The name of the workload.
  public var workload: String
  /// The number of simulated steps, of all sequences.
  public var steps: Int
  /// The cost of each layer.
  public var layers: [Layer]
  /// Cycles of all steps, without loading weights.
  public var cycles: Double
  /// Seconds of all steps, without loading weights.
  public var seconds: Double
  /// Additional time for loading weights that do not all fit on the chip, in seconds.
  public var weightLoadSeconds: Double
  /// The energy of all steps, in joules by part.
  public var energy: Energy
  /// Multiplications of all steps, padding included.
  public var multiplications: Int
  /// Effective multiply-accumulates of all steps: non-zero weight, non-zero activation.
  public var neededMACs: Int
  /// Effective multiply-accumulates divided by those that the chip could do in the same time, from
  /// 0 to 1.
  public var utilization: Double

  /// Cycles that were simulated one by one, those of rejected settings included; 0 for chips whose
  /// model is a formula.
  public var simulatedCycles = 0.0

  /// The mean number of cycles of a step.
  public var cyclesPerStep: Double { cycles / Double(steps) }
  /// Seconds from a frame to its result in a stream; in a sequence, the mean time of a step.
  public var latency: Double { seconds / Double(steps) }
  /// The mean energy of a step, in joules.
  public var energyPerStep: Double { energy.total / Double(steps) }
  /// Effective multiply-accumulates of a step, the mean.
  public var macsPerStep: Double { Double(neededMACs) / Double(steps) }
}
