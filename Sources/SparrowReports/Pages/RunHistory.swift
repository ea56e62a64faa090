package import SparrowFiles
import SparrowTraining

/// The log of a training run as columns.
package struct RunHistory: Sendable {
  /// A quantity over the steps of a run.
  package struct Curve: Codable, Sendable {
    /// The name in the log, as "loss" or "validation.score".
    package var key: String
    package var steps: [Int]
    /// Seconds of training at each step; nil in logs that have none.
    package var seconds: [Double]?
    package var values: [Double]

    /// The curve with at most `limit` points: each is the last step and the mean of its part.
    func thinned(to limit: Int) -> Curve {
      guard values.count > limit else { return self }
      var thin = Curve(key: key, steps: [], seconds: seconds.map { _ in [] }, values: [])
      for part in 0..<limit {
        let range = part * values.count / limit..<(part + 1) * values.count / limit
        guard let last = range.last else { continue }
        thin.steps.append(steps[last])
        if let seconds { thin.seconds?.append(seconds[last]) }
        thin.values.append(values[range].reduce(0, +) / Double(range.count))
      }
      return thin
    }
  }

  /// The curves, by their keys.
  package private(set) var curves: [String: Curve] = [:]
  /// The last step in the log.
  package private(set) var lastStep = 0
  /// Seconds of training at the last record.
  package private(set) var seconds: Double?

  /// Reads a log, as far as it goes: a last line that is not whole is a run that goes on.
  package init(log path: String) throws(FileError) {
    let text = String(decoding: try Files.read(path, limit: FileLimits.table), as: UTF8.self)
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      guard !line.isEmpty else { continue }
      guard let record = TrainingLogRecord(json: line) else {
        guard !line.hasSuffix("}") else {
          throw FileError(path: path, reason: "line \(number) is no record of a training log")
        }
        continue
      }
      add(record)
    }
  }

  private mutating func add(_ record: TrainingLogRecord) {
    lastStep = max(lastStep, record.step)
    if let seconds = record.seconds { self.seconds = seconds }
    add("loss", record.loss, record)
    add("measure", record.measure, record)
    add("gradientNorm", record.gradientNorm, record)
    add("learningRate", record.learningRate, record)
    add("unitsPerSecond", record.unitsPerSecond, record)
    for (name, value) in record.validation ?? [:] { add("validation.\(name)", value, record) }
    for (name, value) in record.sparsity ?? [:] { add("sparsity.\(name)", value, record) }
  }

  private mutating func add(_ key: String, _ value: Double?, _ record: TrainingLogRecord) {
    guard let value, value.isFinite else { return }
    var curve = curves[key] ?? Curve(key: key, steps: [], seconds: [], values: [])
    curve.steps.append(record.step)
    curve.values.append(value)
    // A validation has the time of the record before it.
    if let seconds = record.seconds ?? seconds {
      curve.seconds?.append(seconds)
    } else {
      curve.seconds = nil
    }
    curves[key] = curve
  }
}
