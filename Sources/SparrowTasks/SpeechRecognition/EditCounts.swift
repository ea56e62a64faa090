/// The differences between a text and what was recognised: the fewest substitutions, deletions and
/// insertions that turn one into the other (Levenshtein 1966).
public struct EditCounts: Sendable, Hashable, Codable {
  /// Words or characters of the reference.
  public var reference = 0
  /// Those that another one was recognised for.
  public var substitutions = 0
  /// Those that are missing.
  public var deletions = 0
  /// Recognised ones that are not in the reference.
  public var insertions = 0

  /// No text.
  public init() {}

  /// All differences.
  public var errors: Int { substitutions + deletions + insertions }
  /// Differences per word or character of the reference: above 1 where much was inserted; 0 for
  /// nothing.
  public var rate: Double { Double(errors) / Double(max(reference, 1)) }

  /// The differences between two sequences. Of alignments with equally few, one with most
  /// substitutions counts.
  public init<Element: Equatable>(reference: [Element], recognised: [Element]) {
    // The fewest differences of beginnings, by the length of the recognised one.
    var row = (0...recognised.count).map { length in
      var counts = EditCounts()
      counts.insertions = length
      return counts
    }
    for (place, element) in reference.enumerated() {
      var diagonal = row[0]
      row[0].deletions = place + 1
      for (other, candidate) in recognised.enumerated() {
        var best = diagonal
        if element != candidate { best.substitutions += 1 }
        var deletion = row[other + 1]
        deletion.deletions += 1
        if deletion.errors < best.errors { best = deletion }
        var insertion = row[other]
        insertion.insertions += 1
        if insertion.errors < best.errors { best = insertion }
        diagonal = row[other + 1]
        row[other + 1] = best
      }
    }
    self = row[recognised.count]
    self.reference = reference.count
  }

  /// The sums of two counts.
  public static func += (one: inout EditCounts, other: EditCounts) {
    one.reference += other.reference
    one.substitutions += other.substitutions
    one.deletions += other.deletions
    one.insertions += other.insertions
  }
}
