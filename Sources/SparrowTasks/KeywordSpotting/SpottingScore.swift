public import SparrowFiles
public import SparrowSoundFiles

/// What was said in a stream, and when: a table with the columns `word`, `start_s` and `end_s`.
public struct StreamLabels: Sendable {
  public struct Label: Sendable, Hashable {
    public var word: String
    /// Seconds from the stream's beginning.
    public var start: Double
    public var end: Double

    public init(word: String, start: Double, end: Double) {
      self.word = word
      self.start = start
      self.end = end
    }
  }

  public var labels: [Label]

  public init(_ labels: [Label]) { self.labels = labels }

  public init(contentsOf path: String) throws(FileError) {
    let table = try TabSeparatedValues(contentsOf: path)
    let word = try table.requiredColumn("word")
    let start = try table.requiredColumn("start_s")
    let end = try table.requiredColumn("end_s")
    labels = []
    for (number, row) in table.rows.enumerated() {
      guard let from = Double(row[start]), let to = Double(row[end]), from >= 0, to >= from,
        to.isFinite
      else {
        throw FileError(
          path: path,
          reason: "row \(number + 2) has the times \"\(row[start])\" and \"\(row[end])\"; expected "
            + "seconds, the start before the end")
      }
      labels.append(Label(word: row[word], start: from, end: to))
    }
  }
}

/// How well words were found in a stream. In JSON, the names are these in snake case.
public struct SpottingScore: Sendable, Encodable, Hashable {
  /// Words that were said.
  public var words: Int
  /// Of those, how many were heard from their beginning to half a second after their end.
  public var found: Int
  /// Of the others, those in whose time another word was heard.
  public var confused: Int
  /// Words that were heard while none was said.
  public var falseAlarms: Int
  public var falseAlarmsPerHour: Double

  /// Seconds after a word's end in which hearing it is not too late.
  public static let tolerance = 0.5

  /// - Parameter seconds: the stream's length.
  public init(_ spotted: [SpottedWord], labels: StreamLabels, seconds: Double) {
    var isUsed = [Bool](repeating: false, count: spotted.count)
    words = labels.labels.count
    found = 0
    confused = 0
    func places(of label: StreamLabels.Label) -> [Int] {
      spotted.indices.filter {
        spotted[$0].timeS >= label.start && spotted[$0].timeS <= label.end + Self.tolerance
      }
    }
    var missed: [StreamLabels.Label] = []
    for label in labels.labels {
      if let place = places(of: label).first(where: {
        !isUsed[$0] && spotted[$0].word == label.word
      }) {
        isUsed[place] = true
        found += 1
      } else {
        missed.append(label)
      }
    }
    for label in missed {
      guard let place = places(of: label).first(where: { !isUsed[$0] }) else { continue }
      isUsed[place] = true
      confused += 1
    }
    falseAlarms = isUsed.count { !$0 }
    falseAlarmsPerHour = seconds > 0 ? Double(falseAlarms) * 3600 / seconds : 0
  }
}
