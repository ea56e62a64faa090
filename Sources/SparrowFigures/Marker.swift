/// The shapes that points have, so that series are told from each other without colours, too.
public enum Marker: Int, Sendable, CaseIterable {
  case circle, square, triangle, diamond

  /// They begin anew after the last one.
  public static func series(_ index: Int) -> Marker { allCases[index % allCases.count] }
}

extension Drawing {
  /// A marker of about the area of a circle of that radius.
  public mutating func marker(_ marker: Marker, at p: Point, radius r: Double, _ ink: Ink) {
    switch marker {
    case .circle: circle(at: p, radius: r, ink)
    case .square: rectangle(Rectangle(around: p, radius: 0.9 * r), ink)
    case .triangle:
      polygon(
        [
          Point(p.x, p.y - 1.3 * r), Point(p.x + 1.2 * r, p.y + 0.8 * r),
          Point(p.x - 1.2 * r, p.y + 0.8 * r),
        ], ink)
    case .diamond:
      polygon(
        [
          Point(p.x, p.y - 1.3 * r), Point(p.x + 1.3 * r, p.y), Point(p.x, p.y + 1.3 * r),
          Point(p.x - 1.3 * r, p.y),
        ], ink)
    }
  }
}
