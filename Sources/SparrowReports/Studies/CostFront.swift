#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The Pareto front of a family: the points whose score no cheaper point reaches. Between two of
/// them the logarithm of the cost is a linear function of the score.
struct CostFront {
  struct Point: Equatable {
    var label: String
    var score: Double
    /// The cost, positive.
    var cost: Double
  }

  /// At least one point, by rising cost and score.
  let points: [Point]

  /// - Precondition: There is at least one point.
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
    /// The interpolated cost of the score.
    case within(cost: Double)
    /// The score is below the front; its lowest point.
    case below(Point)
    /// The score is above the front; its highest point.
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
