import Sparrow

/// The recipe, data and instruction set of a run: a checkpoint keeps them, and a run that goes on
/// from there is compared with them.
public struct RunRecord: Sendable, Equatable {
  /// Settings by their paths, such as `optimization.learningRate`, as JSON.
  public var settings: [String: String]
  /// Tells the data apart; 0 where they are not known.
  public var data: UInt64
  /// The kernels that it was computed with: sums differ in their last bits between them.
  public var instructionSet: String

  /// A record.
  ///
  /// - Parameters: as the properties of these names.
  public init(settings: [String: String] = [:], data: UInt64 = 0, instructionSet: String = "") {
    self.settings = settings
    self.data = data
    self.instructionSet = instructionSet
  }

  /// The differences between a checkpoint and the run that goes on from it.
  struct Changes: Equatable {
    /// The network remains what it would have been, or becomes what was asked for.
    var harmless: [String] = []
    /// The network becomes another one than an uninterrupted run's.
    var harmful: [String] = []
  }

  /// - Parameter later: of the run that goes on.
  func changes(to later: RunRecord) -> Changes {
    var changes = Changes()
    for key in Set(settings.keys).union(later.settings.keys).sorted() {
      let (before, after) = (settings[key], later.settings[key])
      guard before != after else { continue }
      let words = "\(key) (\(before ?? "none") before, \(after ?? "none") now)"
      if Self.harmlessKeys.contains(key) || (key == "run.steps" && Self.isMore(before, after)) {
        changes.harmless.append(words)
      } else {
        changes.harmful.append(words)
      }
    }
    if data != later.data {
      changes.harmful.append("the data, whose files or contents are others")
    }
    if instructionSet != later.instructionSet {
      changes.harmless.append(
        "the instruction set (\(instructionSet) before, \(later.instructionSet) now), by which "
          + "sums differ in their last bits")
    }
    return changes
  }

  private static let harmlessKeys: Set<String> = [
    "title", "run.logEvery", "run.validateEvery", "run.checkpointEvery",
  ]

  private static func isMore(_ before: String?, _ after: String?) -> Bool {
    guard let before = before.flatMap(Int.init), let after = after.flatMap(Int.init) else {
      return false
    }
    return after > before
  }
}

/// The log of a run, a JSON object a line.
package enum RunLog {
  /// The step of a line; nil where there is none.
  package static func step(in line: some StringProtocol) -> Int? {
    line.firstRange(of: "\"step\":").flatMap { Int(line[$0.upperBound...].prefix { $0.isNumber }) }
  }

  /// The lines up to a step: what a run that goes on from there is going to write again, or a line
  /// that was cut off, is left out.
  static func truncated(_ log: [UInt8], after step: Int) -> [UInt8] {
    var kept = 0
    var start = 0
    while let end = log[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: log[start..<end], as: UTF8.self)
      guard let number = Self.step(in: line), number <= step else { break }
      kept = end + 1
      start = kept
    }
    return Array(log[..<kept])
  }

  /// The seconds of training at the last record that has them; 0 without one.
  static func seconds(in log: [UInt8]) -> Double {
    for line in String(decoding: log, as: UTF8.self).split(separator: "\n").reversed() {
      if let range = line.firstRange(of: "\"seconds\":"),
        let seconds = Double(line[range.upperBound...].prefix { $0 != "," && $0 != "}" }),
        seconds >= 0, seconds.isFinite
      {
        return seconds
      }
    }
    return 0
  }
}
