/// A table of an experiment, with a note on its numbers.
public struct ResultTable: Sendable, Codable {
  /// The title.
  public var title: String
  /// A caption: the quantities, and whether they are published, measured or simulated.
  public var note: String
  /// The titles of the columns.
  public var heading: [String]
  /// The cells, row by row.
  public var rows: [[String]]

  /// A table.
  public init(title: String, note: String, heading: [String], rows: [[String]]) {
    self.title = title
    self.note = note
    self.heading = heading
    self.rows = rows
  }

  /// The table in Markdown, under a heading.
  public var markdown: String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    let rule = "|" + heading.indices.map { $0 == 0 ? "---|" : "---:|" }.joined()
    return (["## \(title)", "", note, "", line(heading), rule] + rows.map(line))
      .joined(separator: "\n") + "\n"
  }
}
