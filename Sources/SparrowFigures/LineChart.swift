/// Series of points over two axes, each with a line through it and labels beside its points.
public struct LineChart {
  public struct Axis {
    /// What is shown, with its unit.
    public var title: String
    public var kind: Scale.Kind

    public init(_ title: String, _ kind: Scale.Kind = .linear) {
      self.title = title
      self.kind = kind
    }
  }

  public struct DataPoint {
    public var x: Double
    public var y: Double
    /// Words beside the point; none where empty.
    public var label: String
    /// What the point is the mean of, drawn small; nothing where it is one value alone.
    public var samples: [(x: Double, y: Double)]

    public init(x: Double, y: Double, label: String = "", samples: [(x: Double, y: Double)] = []) {
      self.x = x
      self.y = y
      self.label = label
      self.samples = samples.count > 1 ? samples : []
    }
  }

  public struct Series {
    public var name: String
    /// In the order in which the line goes through them.
    public var points: [DataPoint]

    public init(_ name: String, _ points: [DataPoint]) {
      self.name = name
      self.points = points
    }
  }

  public var x: Axis
  public var y: Axis
  /// Colour and marker go by a series's place.
  public var series: [Series]

  public init(x: Axis, y: Axis, series: [Series]) {
    self.x = x
    self.y = y
    self.series = series
  }
}

extension Drawing {
  /// Draws a chart with its axes' titles and ticks.
  ///
  /// - Parameter area: all that the chart may take, words included.
  public mutating func draw(_ chart: LineChart, in area: Rectangle) {
    let plot = Rectangle(
      left: area.left + 54, top: area.top + 6, right: area.right - 6, bottom: area.bottom - 46)
    let points = chart.series.flatMap(\.points)
    let xScale = Scale(
      chart.x.kind, holding: points.flatMap { point in [point.x] + point.samples.map(\.x) })
    let yScale = Scale(
      chart.y.kind, holding: points.flatMap { point in [point.y] + point.samples.map(\.y) })
    func place(_ x: Double, _ y: Double) -> Point {
      Point(
        plot.left + xScale.position(of: x) * plot.width,
        plot.bottom - yScale.position(of: y) * plot.height)
    }

    drawXAxis(xScale, title: chart.x.title, below: plot)
    drawYAxis(yScale, title: chart.y.title, besides: plot)

    var labels = LabelPlacement(in: plot)
    for (index, series) in chart.series.enumerated() {
      let line = series.points.map { place($0.x, $0.y) }
      let ink = Ink.series(index)
      polyline(line, ink)
      labels.avoid(lineThrough: line)
      for point in series.points {
        for sample in point.samples {
          let p = place(sample.x, sample.y)
          marker(.series(index), at: p, radius: 2.5, ink.faded())
          labels.avoid(Rectangle(around: p, radius: 3))
        }
        let p = place(point.x, point.y)
        marker(.series(index), at: p, radius: 5, ink)
        labels.avoid(Rectangle(around: p, radius: 6))
      }
    }
    // Only now is known what words have to keep clear of.
    for (index, series) in chart.series.enumerated() {
      for point in series.points where !point.label.isEmpty {
        let height = Drawing.fontSize
        let place = labels.place(
          width: Drawing.width(of: point.label), height: height,
          beside: place(point.x, point.y))
        text(
          point.label,
          at: Point((place.left + place.right) / 2, place.bottom - 0.2 * height), .series(index),
          anchor: .middle)
      }
    }
  }

  /// Names of series beside their lines and markers, from the left.
  ///
  /// - Parameter place: the middle of the first line's left end.
  public mutating func drawLegend(_ names: [String], at place: Point) {
    var x = place.x
    for (index, name) in names.enumerated() {
      line(from: Point(x, place.y), to: Point(x + 28, place.y), .series(index), width: 2)
      marker(.series(index), at: Point(x + 14, place.y), radius: 5, .series(index))
      text(name, at: Point(x + 36, place.y + 0.35 * Drawing.fontSize))
      x += 36 + Drawing.width(of: name) + 24
    }
  }
}
