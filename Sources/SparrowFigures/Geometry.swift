/// A place in a drawing, in pixels.
public struct Point: Sendable, Hashable {
  /// The distance from the left.
  public var x: Double
  /// The distance from the top.
  public var y: Double

  /// A place.
  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A rectangle in a drawing, with sides along the axes, in pixels.
public struct Rectangle: Sendable, Hashable {
  /// The x of the left side.
  public var left: Double
  /// The y of the top side.
  public var top: Double
  /// The x of the right side.
  public var right: Double
  /// The y of the bottom side.
  public var bottom: Double

  /// A rectangle of its sides.
  ///
  /// - Precondition: `left` ≤ `right` and `top` ≤ `bottom`.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    precondition(left <= right && top <= bottom, "a rectangle has its right side at the right")
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// A square with sides of `2 * radius` around a point.
  public init(around center: Point, radius: Double) {
    self.init(
      left: center.x - radius, top: center.y - radius, right: center.x + radius,
      bottom: center.y + radius)
  }

  /// The width.
  public var width: Double { right - left }
  /// The height.
  public var height: Double { bottom - top }

  /// The area of the intersection.
  func overlap(_ other: Rectangle) -> Double {
    max(0, min(right, other.right) - max(left, other.left))
      * max(0, min(bottom, other.bottom) - max(top, other.top))
  }

  func contains(_ other: Rectangle) -> Bool {
    left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
  }

  /// Whether a part of the segment from `a` to `b` lies inside (Liang and Barsky 1984).
  func meets(segmentFrom a: Point, to b: Point) -> Bool {
    var first = 0.0
    var last = 1.0
    for (start, change, low, high) in [
      (a.x, b.x - a.x, left, right), (a.y, b.y - a.y, top, bottom),
    ] {
      if change == 0 {
        if start < low || start > high { return false }
        continue
      }
      let (one, other) = ((low - start) / change, (high - start) / change)
      first = max(first, min(one, other))
      last = min(last, max(one, other))
    }
    return first <= last
  }
}
