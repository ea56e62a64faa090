/// A point of one family beside another family: what the same score costs there.
public struct StudyComparison: Sendable, Encodable {
  public var family: String
  public var label: String
  public var score: Double
  public var otherFamily: String
  public var effectiveMacs: CostComparison
  public var modelBytes: CostComparison
  public var planBytes: CostComparison

  /// Every point of every other family beside the first one, and every point of the first beside each.
  static func all(_ families: [Study.Family]) -> [StudyComparison] {
    guard let reference = families.first else { return [] }
    return families.dropFirst().flatMap { family in
      family.points.map { StudyComparison($0, of: family, beside: reference) }
        + reference.points.map { StudyComparison($0, of: reference, beside: family) }
    }
  }

  private init(_ point: Study.Point, of family: Study.Family, beside other: Study.Family) {
    self.family = family.name
    label = point.label
    score = point.score
    otherFamily = other.name
    effectiveMacs = CostComparison(point, beside: other, \.effectiveMacsPerFrame)
    modelBytes = CostComparison(point, beside: other, \.modelBytes)
    planBytes = CostComparison(point, beside: other, \.planBytes)
  }
}

/// A cost of a point beside the cost of another family.
public struct CostComparison: Sendable, Encodable {
  public enum Range: String, Sendable, Encodable {
    /// The other family reaches the same score: its cost there is interpolated.
    case within
    /// All points of the other family do better.
    case below
    /// No point of the other family does as well.
    case above
  }

  public var cost: Double
  public var range: Range
  /// The other family's cost: at the same score or, outside its range, of its point that comes nearest.
  public var otherCost: Double
  public var otherScore: Double
  /// That point; nil within the range.
  public var otherLabel: String?
  /// How many times less the point costs than the other family.
  public var timesLess: Double
  /// Which share less: 0.75 is a quarter of the other's cost. Negative where it costs more.
  public var shareLess: Double

  init(_ point: Study.Point, beside other: Study.Family, _ key: (Study.Point) -> Double) {
    let front = CostFront(
      other.points.map { CostFront.Point(label: $0.label, score: $0.score, cost: key($0)) })
    cost = key(point)
    switch front.place(score: point.score) {
    case .within(let otherCost):
      range = .within
      self.otherCost = otherCost
      otherScore = point.score
    case .below(let nearest):
      range = .below
      (otherCost, otherScore, otherLabel) = (nearest.cost, nearest.score, nearest.label)
    case .above(let nearest):
      range = .above
      (otherCost, otherScore, otherLabel) = (nearest.cost, nearest.score, nearest.label)
    }
    timesLess = otherCost / cost
    shareLess = 1 - cost / otherCost
  }
}
