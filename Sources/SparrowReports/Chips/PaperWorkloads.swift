public import SparrowHardware

/// The networks and layers that papers on accelerators measure with.
///
/// The shapes of the four networks are recalled: publications give ranges of hidden sizes and
/// lengths, or differ; these are within the ranges. DeepBench's shapes are published.
public enum PaperWorkloads {
  /// Hidden sizes of the sweep; each layer has as many inputs as units.
  public static let sweepSizes = [128, 256, 340, 512, 768, 1024]
  /// The steps of each sequence of the sweep.
  public static let sweepSteps = 25
  /// The numbers of multipliers of SHARP.
  public static let multipliers = [1024, 4096, 16384, 65536]

  /// An LSTM layer of the sweep.
  public static func sweep(_ size: Int) -> Workload {
    Workload(
      name: "LSTM \(size)", layers: [.lstm("LSTM \(size)", inputs: size, units: size)],
      steps: sweepSteps)
  }

  /// The networks EESEN (speech), GMAT (translation), BYSDNE (video) and RLDRADSPR (speech).
  public static let networks: [Workload] = [
    Workload(
      name: "EESEN",
      layers: [.lstm("layer 0", inputs: 120, units: 340, directions: 2)]
        + (1..<5).map { .lstm("layer \($0)", inputs: 680, units: 340, directions: 2) }, steps: 500
    ),
    stack("GMAT", layers: 17, size: 1024, steps: 75),
    stack("BYSDNE", layers: 5, size: 340, steps: 30),
    stack("RLDRADSPR", layers: 10, size: 1024, steps: 400),
  ]

  private static func stack(_ name: String, layers: Int, size: Int, steps: Int) -> Workload {
    Workload(
      name: name,
      layers: (0..<layers).map { .lstm("layer \($0)", inputs: size, units: size) }, steps: steps)
  }

  /// A shape of DeepBench's inference at batch 1, with times recalled from Fowers et al. (2018).
  public struct DeepBenchShape: Sendable {
    /// The layer and its steps.
    public var workload: Workload
    /// The time of cuDNN on a V100, in milliseconds, recalled.
    public var recalledGPU: Double
    /// The time of BrainWave, in milliseconds, recalled.
    public var recalledBrainWave: Double
  }

  /// The shapes of DeepBench.
  public static let deepBench: [DeepBenchShape] = [
    lstm(256, 150, 1.69, 0.425), lstm(512, 25, 0.60, 0.077), lstm(1024, 25, 0.71, 0.074),
    lstm(1536, 50, 4.38, 0.145), lstm(2048, 25, 1.55, 0.074), gru(512, 1, 0.39, 0.013),
    gru(1024, 1500, 33.77, 3.792), gru(1536, 375, 13.12, 0.951), gru(2048, 375, 17.70, 0.954),
    gru(2560, 375, 23.57, 0.993),
  ]

  private static func lstm(
    _ size: Int, _ steps: Int, _ gpu: Double, _ brainWave: Double
  ) -> DeepBenchShape {
    let name = "LSTM \(size), \(steps) steps"
    return DeepBenchShape(
      workload: Workload(
        name: name, layers: [.lstm(name, inputs: size, units: size)], steps: steps),
      recalledGPU: gpu, recalledBrainWave: brainWave)
  }

  private static func gru(
    _ size: Int, _ steps: Int, _ gpu: Double, _ brainWave: Double
  ) -> DeepBenchShape {
    let name = "GRU \(size), \(steps) steps"
    return DeepBenchShape(
      workload: Workload(
        name: name, layers: [.gru(name, inputs: size, units: size)], steps: steps),
      recalledGPU: gpu, recalledBrainWave: brainWave)
  }
}
