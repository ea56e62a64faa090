/// The shape of a point, which tells series apart without colours.
public enum Marker: Int, Sendable, CaseIterable {
  /// A circle.
  case circle
  /// A square.
  case square
  /// A triangle with its base at the bottom.
  case triangle
  /// A square on its corner.
  case diamond

  /// The shape of a series, counted from 0; shapes repeat after the last one.
  public static func series(_ index: Int) -> Marker { allCases[index % allCases.count] }
}

extension Drawing {
  /// Draws a marker with about the area of a circle of radius `r`, in pixels.
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
