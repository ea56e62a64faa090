/// The costs of a point of one family beside those of another family at the same score.
public struct StudyComparison: Sendable, Encodable {
  /// The point's family.
  public var family: String
  /// The point's size, as "k = 0.5".
  public var label: String
  /// The point's score, in the measure's unit.
  public var score: Double
  /// The family that it is compared with.
  public var otherFamily: String
  /// Effective multiply-accumulates per frame.
  public var effectiveMACs: CostComparison
  /// Bytes of non-zero weights and of vectors.
  public var modelBytes: CostComparison
  /// Bytes of packed plans.
  public var planBytes: CostComparison

  private enum CodingKeys: String, CodingKey {
    case family, label, score, otherFamily
    case effectiveMACs = "effectiveMacs"
    case modelBytes, planBytes
  }

  /// Every point of every other family beside the first one, and every point of the first beside
  /// each.
  static func all(_ families: [Study.Family], sign: Double) -> [StudyComparison] {
    guard let reference = families.first else { return [] }
    return families.dropFirst().flatMap { family in
      family.points.map { StudyComparison($0, of: family, beside: reference, sign: sign) }
        + reference.points.map {
          StudyComparison($0, of: reference, beside: family, sign: sign)
        }
    }
  }

  private init(
    _ point: Study.Point, of family: Study.Family, beside other: Study.Family, sign: Double
  ) {
    self.family = family.name
    label = point.label
    score = point.score
    otherFamily = other.name
    effectiveMACs = CostComparison(point, beside: other, sign: sign, \.effectiveMACsPerFrame)
    modelBytes = CostComparison(point, beside: other, sign: sign, \.modelBytes)
    planBytes = CostComparison(point, beside: other, sign: sign, \.planBytes)
  }
}

/// A cost of a point beside the cost of another family at the same score.
///
/// Between the other family's best points the logarithm of the cost is interpolated linearly over
/// the score.
public struct CostComparison: Sendable, Encodable {
  /// The place of the score within those of the other family.
  public enum Range: String, Sendable, Encodable {
    /// Within: the other family's cost is interpolated.
    case within
    /// Worse than all points of the other family.
    case below
    /// Better than all points of the other family.
    case above
  }

  /// The point's cost.
  public var cost: Double
  /// The place of the point's score within those of the other family.
  public var range: Range
  /// The other family's cost at the same score or, outside its range, that of its nearest point.
  public var otherCost: Double
  /// The score that ``otherCost`` belongs to, in the measure's unit.
  public var otherScore: Double
  /// The other family's nearest point; nil within the range.
  public var otherLabel: String?
  /// ``otherCost`` divided by ``cost``.
  public var timesLess: Double
  /// Saving as a fraction of ``otherCost``: 0.75 for a quarter of the cost, negative for a higher
  /// one.
  public var shareLess: Double

  /// - Parameter sign: 1, or -1 for scores of which less is better.
  init(
    _ point: Study.Point, beside other: Study.Family, sign: Double, _ key: (Study.Point) -> Double
  ) {
    let front = CostFront(
      other.points.map {
        CostFront.Point(label: $0.label, score: sign * $0.score, cost: key($0))
      })
    cost = key(point)
    switch front.place(score: sign * point.score) {
    case .within(let otherCost):
      range = .within
      self.otherCost = otherCost
      otherScore = point.score
    case .below(let nearest):
      range = .below
      (otherCost, otherScore, otherLabel) = (nearest.cost, sign * nearest.score, nearest.label)
    case .above(let nearest):
      range = .above
      (otherCost, otherScore, otherLabel) = (nearest.cost, sign * nearest.score, nearest.label)
    }
    timesLess = otherCost / cost
    shareLess = 1 - cost / otherCost
  }
}
