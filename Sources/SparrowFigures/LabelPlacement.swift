/// Places labels beside points without covering each other, markers or lines.
struct LabelPlacement {
  /// The area that labels must stay in.
  let bounds: Rectangle
  private var taken: [Rectangle] = []
  private var lines: [(Point, Point)] = []

  init(in bounds: Rectangle) { self.bounds = bounds }

  /// Marks an area as taken.
  mutating func avoid(_ area: Rectangle) { taken.append(area) }

  /// Marks a line as taken.
  mutating func avoid(lineThrough points: [Point]) {
    for (a, b) in zip(points, points.dropFirst()) { lines.append((a, b)) }
  }

  /// The area of a label: the nearest free one or, if there is none, the one that covers least; nil
  /// in place of that where `onlyIfFree`.
  mutating func place(
    width: Double, height: Double, beside point: Point, onlyIfFree: Bool = false
  ) -> Rectangle? {
    var best: (area: Rectangle, cost: Double)?
    for distance in [8.0, 12, 18, 26, 36] {
      for (x, y) in Self.directions {
        let center = Point(
          point.x + x * (distance + width / 2), point.y + y * (distance + height / 2))
        let area = Rectangle(
          left: center.x - width / 2, top: center.y - height / 2, right: center.x + width / 2,
          bottom: center.y + height / 2)
        guard bounds.contains(area) else { continue }
        let cost = cost(area)
        if cost < best?.cost ?? .infinity { best = (area, cost) }
        if cost == 0 { break }
      }
      if best?.cost == 0 { break }
    }
    if onlyIfFree, best?.cost != 0 { return nil }
    let area =
      best?.area
      ?? Rectangle(
        left: point.x, top: point.y - height, right: point.x + width, bottom: point.y)
    taken.append(area)
    return area
  }

  /// Directions from the point: the sides, then the corners.
  private static let directions: [(Double, Double)] = [
    (1, 0), (-1, 0), (0, -1), (0, 1), (0.8, -0.8), (-0.8, -0.8), (0.8, 0.8), (-0.8, 0.8),
  ]

  private func cost(_ area: Rectangle) -> Double {
    let covered = taken.reduce(0) { $0 + area.overlap($1) }
    // A line through a label costs as much as a covered marker.
    let crossings = lines.filter { area.meets(segmentFrom: $0.0, to: $0.1) }.count
    return covered + 60 * Double(crossings)
  }
}
