public import SparrowFiles
public import SparrowSoundFiles

/// The labels of a stream: words with their times, from a table with the columns `word`, `start_s`
/// and `end_s`.
public struct StreamLabels: Sendable {
  /// A word with its time.
  public struct Label: Sendable, Hashable {
    /// The word.
    public var word: String
    /// The start of the word, in seconds from the start of the stream.
    public var start: Double
    /// The end of the word, in seconds from the start of the stream.
    public var end: Double

    /// A label.
    public init(word: String, start: Double, end: Double) {
      self.word = word
      self.start = start
      self.end = end
    }
  }

  /// The labels in the order of the table.
  public var labels: [Label]

  /// Labels of a stream.
  public init(_ labels: [Label]) { self.labels = labels }

  /// Reads a table of tab-separated values.
  ///
  /// - Throws: `FileError` if the file cannot be read or is not such a table.
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

/// The score of a spotter on a labelled stream.
public struct SpottingScore: Sendable, Encodable, Hashable {
  /// The number of words that were said.
  public var words: Int
  /// Words that were detected between their start and half a second after their end.
  public var found: Int
  /// Other words in whose time a different word was detected.
  public var confused: Int
  /// Detections while no word was said.
  public var falseAlarms: Int
  /// ``falseAlarms`` per hour of the stream.
  public var falseAlarmsPerHour: Double

  /// The time after the end of a word until which a detection counts, in seconds.
  public static let tolerance = 0.5

  /// Scores detections.
  ///
  /// - Parameters:
  ///   - spotted: The detections.
  ///   - labels: The labels.
  ///   - seconds: The duration of the stream.
  public init(_ spotted: [SpottedWord], labels: StreamLabels, seconds: Double) {
    var isUsed = [Bool](repeating: false, count: spotted.count)
    words = labels.labels.count
    found = 0
    confused = 0
    func places(of label: StreamLabels.Label) -> [Int] {
      spotted.indices.filter {
        spotted[$0].time >= label.start && spotted[$0].time <= label.end + Self.tolerance
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
