/// What things are drawn with. There is no background, and every colour is of middle brightness, so that a
/// drawing can be read on light and on dark pages.
public struct Ink: Sendable, Hashable {
  /// As SVG writes colours.
  let color: String
  /// From 0, invisible, to 1.
  let opacity: Double

  init(_ color: String, opacity: Double = 1) {
    self.color = color
    self.opacity = opacity
  }

  /// Words and axes.
  public static let text = Ink("#767676")
  /// What may be overlooked: the lines of a grid.
  public static let grid = Ink("#808080", opacity: 0.25)

  private static let colors = ["#2f7fcc", "#cf6a11", "#2a9159", "#a35bc9", "#c94f6d", "#8a7a1c"]

  /// Colours that are told from each other by most eyes; they begin anew after six.
  public static func series(_ index: Int) -> Ink { Ink(colors[index % colors.count]) }

  /// The same, fainter.
  public func faded(_ opacity: Double = 0.55) -> Ink { Ink(color, opacity: opacity) }
}
