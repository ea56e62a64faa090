/// A colour with an opacity. Drawings have no background and every colour has medium brightness, so
/// that they can be read on light and on dark pages.
public struct Ink: Sendable, Hashable {
  /// The colour in SVG's notation.
  let color: String
  /// From 0 (invisible) to 1.
  let opacity: Double

  /// The colour in CSS, without its opacity.
  public var css: String { color }

  init(_ color: String, opacity: Double = 1) {
    self.color = color
    self.opacity = opacity
  }

  /// The colour of text and axes.
  public static let text = Ink("#767676")
  /// The colour of grid lines.
  public static let grid = Ink("#808080", opacity: 0.25)

  private static let colors = ["#2f7fcc", "#cf6a11", "#2a9159", "#a35bc9", "#c94f6d", "#8a7a1c"]

  /// The colour of a series, counted from 0. The six colours differ under common colour-vision
  /// deficiencies; they repeat after six.
  public static func series(_ index: Int) -> Ink { Ink(colors[index % colors.count]) }

  /// Whether the curve of a series is dashed, since its colour is that of an earlier one.
  public static func isDashed(_ index: Int) -> Bool { index / colors.count % 2 == 1 }

  /// The same colour with another opacity.
  public func faded(_ opacity: Double = 0.55) -> Ink { Ink(color, opacity: opacity) }
}
