/// A record of the training log.
public struct TrainingProgress: Sendable {
  /// The number of completed steps.
  public var step: Int
  /// The number of steps of the run.
  public var steps: Int
  /// Epochs of the data so far.
  public var epoch = 0.0
  /// The mean loss since the last record.
  public var loss = 0.0
  /// The mean of the task's measure since the last record.
  public var measure = 0.0
  /// The unit of ``measure``.
  public var measureUnit = ""
  /// The global gradient norm of the last step, before clipping.
  public var gradientNorm = 0.0
  /// The learning rate of weights in the last step.
  public var learningRate = 0.0
  /// Seconds of training so far, those before an interruption included, without validation.
  public var seconds = 0.0
  /// Throughput in ``unit`` per second.
  public var unitsPerSecond = 0.0
  /// The task's unit of data, as "audio-seconds".
  public var unit = ""
  /// The estimated time to the end of the run, in seconds.
  public var secondsLeft = 0.0
  /// Scores of a validation, by name; nil for other records. The numbers above are zero then.
  public var validation: [String: Double]?
  /// The fraction of zeros of each matrix at a validation, by name; nil for other records.
  public var sparsity: [String: Double]?
}

extension TrainingProgress {
  /// The record as a line of text.
  public var line: String {
    if let validation {
      let scores = validation.sorted { $0.key < $1.key }
        .map { "\($0.key) \(Self.fixed($0.value, 3))" }
      return "step \(step)/\(steps)  validation: " + scores.joined(separator: "  ")
    }
    return "step \(step)/\(steps)  epoch \(Self.fixed(epoch, 2))  loss \(Self.fixed(loss, 3))  "
      + "\(Self.fixed(measure, 2)) \(measureUnit)  "
      + "\(Int(min(max(unitsPerSecond, 0), 1e15).rounded())) \(unit)/s  "
      + "\(Self.duration(secondsLeft)) left"
  }

  /// The record as a JSON object.
  var json: String { TrainingLogRecord(self).json }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let fraction = String(scaled % Int64(scale))
    let padding = String(repeating: "0", count: digits - fraction.count)
    return (value < 0 && scaled != 0 ? "-" : "") + "\(scaled / Int64(scale)).\(padding)\(fraction)"
  }

  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e15 else { return "?" }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 1 { return "\(Int(seconds.rounded())) s" }
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

extension RunOptions {
  /// Identifies the options that determine the result. Intervals may change when a run is resumed.
  func fingerprint(
    _ optimization: OptimizationOptions, _ pruning: PruningOptions?,
    _ quantization: QuantizationAwareOptions?
  ) -> String {
    let zeros = pruning.map { ", \($0)" } ?? ""
    let bits = quantization.map { ", \($0)" } ?? ""
    let dropped = recurrentDropout.map { ", \($0)" } ?? ""
    let rounded = matmulPrecision == .bfloat16 ? ", products bfloat16" : ""
    return "seed \(seed), dropout \(dropout)\(dropped), \(optimization)"
      + zeros + bits + rounded
  }
}
