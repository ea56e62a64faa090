#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The best that a family does for a cost: its points that no cheaper one equals, and between two of
/// them the logarithm of the cost as a linear function of the score.
struct CostFront {
  struct Point: Equatable {
    var label: String
    var score: Double
    /// Positive.
    var cost: Double
  }

  /// In order of their cost, and so of their score. At least one.
  let points: [Point]

  /// - Precondition: there is a point.
  init(_ points: [Point]) {
    precondition(!points.isEmpty, "a front has a point")
    var front: [Point] = []
    for point in points.sorted(by: { ($0.cost, -$0.score) < ($1.cost, -$1.score) })
    where point.score > front.last?.score ?? -.infinity {
      front.append(point)
    }
    self.points = front
  }

  enum Place: Equatable {
    /// What the score costs.
    case within(cost: Double)
    /// Every point of the front does better; this one does least.
    case below(Point)
    /// No point of the front does as well; this one does best.
    case above(Point)
  }

  func place(score: Double) -> Place {
    guard score >= points[0].score else { return .below(points[0]) }
    guard let index = points.firstIndex(where: { $0.score >= score }) else {
      return .above(points[points.count - 1])
    }
    guard index > 0, points[index].score > score else { return .within(cost: points[index].cost) }
    let (low, high) = (points[index - 1], points[index])
    let share = (score - low.score) / (high.score - low.score)
    return .within(cost: exp(log(low.cost) + share * (log(high.cost) - log(low.cost))))
  }
}
