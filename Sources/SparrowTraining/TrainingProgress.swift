#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a look at a run sees.
public struct TrainingProgress: Sendable {
  public var step: Int
  public var steps: Int
  public var epoch = 0.0
  public var loss = 0.0
  public var measure = 0.0
  public var measureUnit = ""
  public var gradientNorm = 0.0
  public var unitsPerSecond = 0.0
  public var unit = ""
  public var secondsLeft = 0.0
  /// Scores, where the look was a validation; the numbers above are zero then.
  public var validation: [String: Double]?
}

extension TrainingProgress {
  /// One line for people.
  public var line: String {
    if let validation {
      let scores = validation.sorted { $0.key < $1.key }
        .map { "\($0.key) \(Self.fixed($0.value, 3))" }
      return "step \(step)/\(steps)  validation: " + scores.joined(separator: "  ")
    }
    return "step \(step)/\(steps)  epoch \(Self.fixed(epoch, 2))  loss \(Self.fixed(loss, 3))  "
      + "\(Self.fixed(measure, 2)) \(measureUnit)  "
      + "\(Int(unitsPerSecond.rounded())) \(unit)/s  \(Self.duration(secondsLeft)) left"
  }

  /// One JSON object for programs.
  var json: String {
    struct Line: Encodable {
      var step: Int
      var epoch: Double?
      var loss: Double?
      var measure: Double?
      var gradientNorm: Double?
      var unitsPerSecond: Double?
      var validation: [String: Double]?
    }
    let isLook = validation == nil
    let line = Line(
      step: step, epoch: isLook ? epoch : nil, loss: isLook ? loss : nil,
      measure: isLook ? measure : nil, gradientNorm: isLook ? gradientNorm : nil,
      unitsPerSecond: isLook ? unitsPerSecond : nil, validation: validation)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(line) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let scale = (0..<digits).reduce(1.0) { product, _ in product * 10 }
    let scaled = Int64((abs(value) * scale).rounded())
    let fraction = String(scaled % Int64(scale))
    let padding = String(repeating: "0", count: digits - fraction.count)
    return (value < 0 && scaled != 0 ? "-" : "") + "\(scaled / Int64(scale)).\(padding)\(fraction)"
  }

  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    let minutes = Int((seconds / 60).rounded())
    if minutes < 1 { return "\(Int(seconds.rounded())) s" }
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(minutes % 60) min"
  }
}

extension RunOptions {
  /// Tells one recipe from another. How often a run looks up may change between sittings.
  func fingerprint(
    _ optimization: OptimizationOptions, _ pruning: PruningOptions?,
    _ quantization: QuantizationAwareOptions?
  ) -> String {
    let zeros = pruning.map { ", \($0)" } ?? ""
    let bits = quantization.map { ", \($0)" } ?? ""
    let dropped = recurrentDropout.map { ", \($0)" } ?? ""
    let rounded = matmulPrecision == .bfloat16 ? ", products bfloat16" : ""
    return "steps \(steps), seed \(seed), dropout \(dropout)\(dropped), \(optimization)"
      + zeros + bits + rounded
  }
}
