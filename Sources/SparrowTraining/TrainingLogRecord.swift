#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A record of a training log, `log.jsonl`: a line of JSON with keys in snake case.
package struct TrainingLogRecord: Codable, Sendable {
  package var step: Int
  package var epoch: Double?
  package var loss: Double?
  package var measure: Double?
  package var gradientNorm: Double?
  package var learningRate: Double?
  package var seconds: Double?
  package var unitsPerSecond: Double?
  package var validation: [String: Double]?
  package var sparsity: [String: Double]?
}

extension TrainingLogRecord {
  init(_ progress: TrainingProgress) {
    step = progress.step
    validation = progress.validation
    sparsity = progress.sparsity
    guard progress.validation == nil else { return }
    epoch = progress.epoch
    loss = progress.loss
    measure = progress.measure
    gradientNorm = progress.gradientNorm
    learningRate = progress.learningRate
    seconds = progress.seconds
    unitsPerSecond = progress.unitsPerSecond
  }

  /// Reads a line; nil where it is no record.
  package init?(json line: some StringProtocol) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let record = try? decoder.decode(Self.self, from: Data(line.utf8)) else { return nil }
    self = record
  }

  /// The record as a line, without its end.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(self) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }
}
