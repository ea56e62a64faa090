extension Drawing {
  /// Draws an axis along the bottom of a plot: grid, ticks and title. It takes 46 pixels below the
  /// plot.
  public mutating func drawXAxis(_ scale: Scale, title: String, below plot: Rectangle) {
    for tick in scale.ticks(about: Int(plot.width / 50)) {
      let x = plot.left + scale.position(of: tick.value) * plot.width
      line(from: Point(x, plot.top), to: Point(x, plot.bottom), .grid)
      text(tick.label, at: Point(x, plot.bottom + 17), anchor: .middle, size: Self.tickSize)
    }
    line(from: Point(plot.left, plot.bottom), to: Point(plot.right, plot.bottom), .text)
    text(
      title, at: Point((plot.left + plot.right) / 2, plot.bottom + 38), anchor: .middle)
  }

  /// Draws an axis along the left of a plot. It takes 54 pixels beside the plot.
  public mutating func drawYAxis(_ scale: Scale, title: String, besides plot: Rectangle) {
    for tick in scale.ticks(about: Int(plot.height / 50)) {
      let y = plot.bottom - scale.position(of: tick.value) * plot.height
      line(from: Point(plot.left, y), to: Point(plot.right, y), .grid)
      text(
        tick.label, at: Point(plot.left - 7, y + 0.35 * Self.tickSize), anchor: .end,
        size: Self.tickSize)
    }
    line(from: Point(plot.left, plot.top), to: Point(plot.left, plot.bottom), .text)
    text(
      title, at: Point(plot.left - 42, (plot.top + plot.bottom) / 2), anchor: .middle,
      isUpright: true)
  }

  private static let tickSize = 12.0
}
