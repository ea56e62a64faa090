import Foundation
import Testing

@testable import SparrowFigures

struct LineChartTests {
  private func parse(_ chart: LineChart) -> ParsedDrawing {
    var drawing = Drawing(width: 400, height: 300, title: "", description: "")
    drawing.draw(chart, in: Rectangle(left: 0, top: 0, right: 400, bottom: 300))
    return ParsedDrawing(drawing)
  }

  @Test func pointsLieWhereTheirValuesSay() throws {
    let points = [10_000.0, 100_000, 1_000_000].enumerated().map { index, x in
      LineChart.DataPoint(x: x, y: 3 + Double(index), label: "k = \(index)")
    }
    let drawing = parse(
      LineChart(
        x: LineChart.Axis("MACs", .logarithmic), y: LineChart.Axis("dB"),
        series: [LineChart.Series("dense", points)]))
    #expect(drawing.isWellFormed)
    let circles = drawing.all("circle")
    #expect(circles.count == 3)
    let x = circles.compactMap { $0.number("cx") }
    let y = circles.compactMap { $0.number("cy") }
    #expect(x[0] < x[1] && y[0] > y[1])
    #expect(abs((x[1] - x[0]) - (x[2] - x[1])) < 0.02)
    #expect(abs((y[1] - y[0]) - (y[2] - y[1])) < 0.02)
    // The line goes through the markers, and each tick's words stand below its line.
    #expect(
      drawing.all("polyline")[0].attributes["points"]
        == zip(circles, circles).map { "\($0.attributes["cx"]!),\($1.attributes["cy"]!)" }
        .joined(separator: " "))
    let words = drawing.all("text")
    let tick = try #require(words.first { $0.text == "100\u{2009}k" })
    #expect(abs(try #require(tick.number("x")) - x[1]) < 0.02)
    for word in ["MACs", "dB", "k = 0", "k = 1", "k = 2"] {
      #expect(words.contains { $0.text == word }, "\(word)")
    }
  }

  /// Hundreds of points keep the labels that have a free place.
  @Test(arguments: [10, 300]) func labelsWithoutRoomAreLeftOut(count: Int) {
    let points = (0..<count).map {
      LineChart.DataPoint(x: Double($0), y: Double($0 * 37 % 101), label: "label \($0)")
    }
    let words = parse(
      LineChart(
        x: LineChart.Axis("x"), y: LineChart.Axis("y"), series: [LineChart.Series("a", points)])
    ).all("text").map(\.text).filter { $0.hasPrefix("label") }
    #expect(count == 10 ? words.count == 10 : words.count < 100, "\(words.count)")
  }

  @Test func samplesAreDrawnOnlyWhereTheyAreSeveral() {
    func markers(_ samples: [(x: Double, y: Double)]) -> Int {
      parse(
        LineChart(
          x: LineChart.Axis(""), y: LineChart.Axis(""),
          series: [LineChart.Series("", [LineChart.DataPoint(x: 1, y: 1, samples: samples)])])
      ).all("circle").count
    }
    #expect(markers([]) == 1)
    #expect(markers([(1, 1)]) == 1)
    #expect(markers([(0.9, 1), (1.1, 1)]) == 3)
  }

  /// Four series of six points each, as close to each other as studies have them.
  @Test(arguments: 1...20) func wordsCoverNothing(seed: Int) {
    var state = UInt64(seed)
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24)
    }
    let bounds = Rectangle(left: 0, top: 0, right: 400, bottom: 300)
    var placement = LabelPlacement(in: bounds)
    let points = (0..<24).map { _ in Point(20 + 340 * random(), 20 + 260 * random()) }
    let markers = points.map { Rectangle(around: $0, radius: 6) }
    for marker in markers { placement.avoid(marker) }
    let line = [Point(0, 0), Point(400, 300)]
    placement.avoid(lineThrough: line)
    let labels = points.compactMap { placement.place(width: 40, height: 13, beside: $0) }
    #expect(labels.count == points.count)
    for (index, label) in labels.enumerated() {
      #expect(bounds.contains(label))
      #expect(markers.allSatisfy { $0.overlap(label) == 0 })
      #expect(labels[..<index].allSatisfy { $0.overlap(label) == 0 })
      #expect(!label.meets(segmentFrom: line[0], to: line[1]))
      // Still beside its own point.
      let distance = Rectangle(around: points[index], radius: 48)
      #expect(distance.overlap(label) > 0)
    }
  }

  @Test func segmentsMeetRectanglesWhereASampleOfThemLies() {
    let area = Rectangle(left: 10, top: 20, right: 30, bottom: 28)
    var state: UInt32 = 5
    func random() -> Double {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 8) / Double(1 << 24) * 40
    }
    var meetings = 0
    for _ in 0..<500 {
      let (a, b) = (Point(random(), random()), Point(random(), random()))
      let inside = (0...4000).contains { step in
        let t = Double(step) / 4000
        let (x, y) = (a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))
        return (10...30).contains(x) && (20...28).contains(y)
      }
      #expect(area.meets(segmentFrom: a, to: b) == inside)
      meetings += inside ? 1 : 0
    }
    #expect((100...400).contains(meetings))
    #expect(area.meets(segmentFrom: Point(20, 0), to: Point(20, 40)))
    #expect(!area.meets(segmentFrom: Point(31, 0), to: Point(31, 40)))
  }

  @Test func theSameChartIsTheSameText() {
    func text() -> String {
      var drawing = Drawing(width: 400, height: 300, title: "t", description: "d")
      let points = [LineChart.DataPoint(x: 1, y: 2, label: "a"), LineChart.DataPoint(x: 3, y: 4)]
      drawing.draw(
        LineChart(
          x: LineChart.Axis("x"), y: LineChart.Axis("y"),
          series: [LineChart.Series("a", points), LineChart.Series("b", points)]),
        in: Rectangle(left: 0, top: 0, right: 400, bottom: 300))
      drawing.drawLegend(["a", "b"], at: Point(10, 10))
      return drawing.svg
    }
    #expect(text() == text())
  }
}
