/// A chart of series of points over two axes, each with a line through its points and labels.
public struct LineChart {
  /// An axis of the chart.
  public struct Axis {
    /// The quantity and its unit.
    public var title: String
    /// The spacing of values.
    public var kind: Scale.Kind
    /// The margin beside the values, as a fraction of their range.
    public var margin: Double

    /// An axis.
    public init(_ title: String, _ kind: Scale.Kind = .linear, margin: Double = 0.12) {
      self.title = title
      self.kind = kind
      self.margin = margin
    }
  }

  /// A point of a series.
  public struct DataPoint {
    /// The value on the x axis.
    public var x: Double
    /// The value on the y axis.
    public var y: Double
    /// The label beside the point; empty for none.
    public var label: String
    /// The values that the point is the mean of, drawn small; empty for a single value.
    public var samples: [(x: Double, y: Double)]
    /// The standard deviation of y, drawn as an error bar; nil for none.
    public var deviation: Double?

    /// A point. A single sample counts as none.
    public init(
      x: Double, y: Double, label: String = "", samples: [(x: Double, y: Double)] = [],
      deviation: Double? = nil
    ) {
      self.x = x
      self.y = y
      self.label = label
      self.deviation = deviation
      self.samples = samples.count > 1 ? samples : []
    }
  }

  /// Points that belong together.
  public struct Series {
    /// The name in the legend.
    public var name: String
    /// The points in the order of the line.
    public var points: [DataPoint]
    /// Whether the series is a curve: a thin line without markers.
    public var isCurve: Bool

    /// A series.
    public init(_ name: String, _ points: [DataPoint], isCurve: Bool = false) {
      self.name = name
      self.points = points
      self.isCurve = isCurve
    }
  }

  /// The axis along the bottom.
  public var x: Axis
  /// The axis along the left.
  public var y: Axis
  /// The series; the index determines colour and marker.
  public var series: [Series]
  /// The points of a wide grey line behind everything; empty for none.
  public var backdrop: [(x: Double, y: Double)] = []

  /// A chart.
  public init(x: Axis, y: Axis, series: [Series]) {
    self.x = x
    self.y = y
    self.series = series
  }
}

extension Drawing {
  /// Draws a chart with titles and ticks of its axes.
  ///
  /// - Parameters:
  ///   - chart: The chart.
  ///   - area: The area of the whole chart, text included.
  public mutating func draw(_ chart: LineChart, in area: Rectangle) {
    let plot = Rectangle(
      left: area.left + 54, top: area.top + 6, right: area.right - 6, bottom: area.bottom - 46)
    let points = chart.series.flatMap(\.points)
    let xScale = Scale(
      chart.x.kind, holding: points.flatMap { point in [point.x] + point.samples.map(\.x) },
      margin: chart.x.margin)
    let yScale = Scale(
      chart.y.kind,
      holding: points.flatMap { point in
        let bar = point.deviation.map { [point.y - $0, point.y + $0] } ?? []
        return [point.y] + point.samples.map(\.y)
          + (chart.y.kind == .linear ? bar : bar.filter { $0 > 0 })
      }, margin: chart.y.margin)
    func place(_ x: Double, _ y: Double) -> Point {
      Point(
        plot.left + xScale.position(of: x) * plot.width,
        plot.bottom - yScale.position(of: y) * plot.height)
    }

    drawXAxis(xScale, title: chart.x.title, below: plot)
    drawYAxis(yScale, title: chart.y.title, besides: plot)

    polyline(chart.backdrop.map { place($0.x, $0.y) }, .grid, width: 11)
    var labels = LabelPlacement(in: plot)
    for (index, series) in chart.series.enumerated() {
      let line = series.points.map { place($0.x, $0.y) }
      let ink = Ink.series(index)
      // Many curves over each other would cover the plot.
      let isCrowded = series.isCurve && chart.series.count > 12
      polyline(
        line, isCrowded ? ink.faded() : ink, width: series.isCurve ? 1.25 : 2,
        isDashed: series.isCurve && Ink.isDashed(index))
      if series.isCurve, series.points.count > 1 { continue }
      labels.avoid(lineThrough: line)
      for point in series.points {
        for sample in point.samples {
          let p = place(sample.x, sample.y)
          marker(.series(index), at: p, radius: 2.5, ink.faded())
          labels.avoid(Rectangle(around: p, radius: 3))
        }
        let p = place(point.x, point.y)
        if let deviation = point.deviation, chart.y.kind == .linear {
          let (low, high) = (
            place(point.x, point.y - deviation), place(point.x, point.y + deviation)
          )
          self.line(from: low, to: high, ink, width: 1.5)
          for end in [low, high] {
            self.line(from: Point(end.x - 4, end.y), to: Point(end.x + 4, end.y), ink, width: 1.5)
          }
          labels.avoid(lineThrough: [low, high])
        }
        marker(.series(index), at: p, radius: series.isCurve ? 2.5 : 5, ink)
        labels.avoid(Rectangle(around: p, radius: 6))
      }
    }
    // Labels come last, because they must not cover anything. Where there are many, those without
    // a free place are left out.
    let count = chart.series.reduce(0) { $0 + $1.points.count { !$0.label.isEmpty } }
    for (index, series) in chart.series.enumerated() {
      for point in series.points where !point.label.isEmpty {
        let height = Drawing.fontSize
        let free = labels.place(
          width: Drawing.width(of: point.label), height: height, beside: place(point.x, point.y),
          onlyIfFree: count > 16)
        guard let place = free else { continue }
        text(
          point.label,
          at: Point((place.left + place.right) / 2, place.bottom - 0.2 * height), .series(index),
          anchor: .middle)
      }
    }
  }

  /// Draws a legend: names of series beside their lines and markers, from the left.
  ///
  /// - Parameters:
  ///   - names: The names of the series, in their order.
  ///   - place: The left end of the first line.
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
