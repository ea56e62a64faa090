/// A picture of lines, areas, markers and text in SVG 1.1.
///
/// Later elements cover earlier ones. The same calls give the same text.
public struct Drawing {
  /// The width in pixels.
  public let width: Double
  /// The height in pixels.
  public let height: Double
  private let title: String
  private let description: String
  private var elements: [String] = []

  /// The default font size in pixels.
  public static let fontSize = 13.0

  /// An empty drawing.
  ///
  /// - Parameters:
  ///   - width: The width in pixels.
  ///   - height: The height in pixels.
  ///   - title: What the picture is, for screen readers.
  ///   - description: What the picture shows, for screen readers.
  public init(width: Double, height: Double, title: String, description: String) {
    self.width = width
    self.height = height
    self.title = title
    self.description = description
  }

  /// The part of a text that lies at its place.
  public enum Anchor: String, Sendable {
    /// The beginning.
    case start
    /// The middle.
    case middle
    /// The end.
    case end
  }

  /// Draws a line, `width` pixels wide.
  public mutating func line(from a: Point, to b: Point, _ ink: Ink, width: Double = 1) {
    add(
      "line",
      [
        ("x1", number(a.x)), ("y1", number(a.y)), ("x2", number(b.x)), ("y2", number(b.y)),
        ("stroke-width", number(width)),
      ] + stroke(ink))
  }

  /// Draws a line through points, `width` pixels wide; nothing if there are fewer than two.
  public mutating func polyline(
    _ points: [Point], _ ink: Ink, width: Double = 2, isDashed: Bool = false
  ) {
    guard points.count > 1 else { return }
    add(
      "polyline",
      [
        ("points", coordinates(points)), ("fill", "none"), ("stroke-width", number(width)),
        ("stroke-linejoin", "round"),
      ] + (isDashed ? [("stroke-dasharray", "5 3")] : []) + stroke(ink))
  }

  /// Draws a filled polygon.
  public mutating func polygon(_ points: [Point], _ ink: Ink) {
    add("polygon", [("points", coordinates(points))] + fill(ink))
  }

  /// Draws a filled rectangle.
  public mutating func rectangle(_ area: Rectangle, _ ink: Ink) {
    add(
      "rect",
      [
        ("x", number(area.left)), ("y", number(area.top)), ("width", number(area.width)),
        ("height", number(area.height)),
      ] + fill(ink))
  }

  /// Draws a filled circle of a radius in pixels.
  public mutating func circle(at center: Point, radius: Double, _ ink: Ink) {
    add(
      "circle",
      [("cx", number(center.x)), ("cy", number(center.y)), ("r", number(radius))] + fill(ink))
  }

  /// Draws one line of text.
  ///
  /// - Parameters:
  ///   - words: The text; characters that XML reserves are escaped.
  ///   - place: The place of the anchor, on the baseline.
  ///   - ink: The colour.
  ///   - anchor: The part of the text that lies at `place`.
  ///   - size: The font size in pixels.
  ///   - isUpright: Whether the text runs up the page.
  public mutating func text(
    _ words: String, at place: Point, _ ink: Ink = .text, anchor: Anchor = .start,
    size: Double = Drawing.fontSize, isUpright: Bool = false
  ) {
    var attributes = [("x", number(place.x)), ("y", number(place.y))]
    if anchor != .start { attributes.append(("text-anchor", anchor.rawValue)) }
    if size != Drawing.fontSize { attributes.append(("font-size", number(size))) }
    if isUpright {
      attributes.append(("transform", "rotate(-90 \(number(place.x)) \(number(place.y)))"))
    }
    add("text", attributes + fill(ink), content: Self.escaped(words))
  }

  /// The picture as the text of an SVG file.
  public var svg: String {
    let size = "\(number(width)) \(number(height))"
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size)" role="img" \
      font-family="system-ui, Helvetica, Arial, sans-serif" font-size="\(number(Self.fontSize))">
      <title>\(Self.escaped(title))</title>
      <desc>\(Self.escaped(description))</desc>
      """
    return ([head] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// An upper estimate of the width of a text in common fonts, in pixels.
  public static func width(of words: String, size: Double = Drawing.fontSize) -> Double {
    0.62 * size * Double(words.count)
  }

  private mutating func add(
    _ name: String, _ attributes: [(String, String)], content: String? = nil
  ) {
    let start = "<\(name)" + attributes.map { " \($0)=\"\($1)\"" }.joined()
    elements.append(content.map { "\(start)>\($0)</\(name)>" } ?? "\(start)/>")
  }

  private func fill(_ ink: Ink) -> [(String, String)] {
    [("fill", ink.color)] + (ink.opacity < 1 ? [("fill-opacity", number(ink.opacity))] : [])
  }

  private func stroke(_ ink: Ink) -> [(String, String)] {
    [("stroke", ink.color)] + (ink.opacity < 1 ? [("stroke-opacity", number(ink.opacity))] : [])
  }

  private func coordinates(_ points: [Point]) -> String {
    points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
  }

  private func number(_ value: Double) -> String { fixedPoint(value, digits: 2) }

  private static func escaped(_ words: String) -> String {
    var result = ""
    for scalar in words.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // XML has no way to write most control characters.
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// A number with at most `digits` digits after the point, none of them a zero at the end.
///
/// - Precondition: the value is finite and, times 10^digits, fits an integer.
func fixedPoint(_ value: Double, digits: Int) -> String {
  let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
  let scaled = Int((value * Double(scale)).rounded())
  let (whole, rest) = (abs(scaled) / scale, abs(scaled) % scale)
  // A digit that is not there stands before those that are: 1003 becomes 003.
  var fraction = String(String(scale + rest).dropFirst())
  while fraction.hasSuffix("0") { fraction.removeLast() }
  return (scaled < 0 ? "-" : "") + "\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)")
}
