/// A place in a drawing: x to the right and y down, in pixels at the drawing's own size.
public struct Point: Sendable, Hashable {
  public var x: Double
  public var y: Double

  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A part of a drawing, with its sides along the axes.
public struct Rectangle: Sendable, Hashable {
  public var left: Double
  public var top: Double
  public var right: Double
  public var bottom: Double

  /// - Precondition: `left` ≤ `right` and `top` ≤ `bottom`.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    precondition(left <= right && top <= bottom, "a rectangle has its right side at the right")
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// The square of sides `2 * radius` around a point.
  public init(around center: Point, radius: Double) {
    self.init(
      left: center.x - radius, top: center.y - radius, right: center.x + radius,
      bottom: center.y + radius)
  }

  public var width: Double { right - left }
  public var height: Double { bottom - top }

  /// The area that both have in common.
  func overlap(_ other: Rectangle) -> Double {
    max(0, min(right, other.right) - max(left, other.left))
      * max(0, min(bottom, other.bottom) - max(top, other.top))
  }

  func contains(_ other: Rectangle) -> Bool {
    left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
  }

  /// Whether a part of the segment from `a` to `b` lies inside, by Liang and Barsky's clipping.
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
