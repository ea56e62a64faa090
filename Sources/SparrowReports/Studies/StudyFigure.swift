import SparrowFigures

extension Study {
  /// The bytes on an axis of the figure.
  public enum Bytes: String, Sendable, CaseIterable {
    /// Four bytes for every non-zero weight and every value of a vector.
    case model
    /// The packed plan in memory on the machine of the evaluation.
    case plan
  }

  /// A figure in SVG: the score over effective MACs and over bytes, with one line per family
  /// through the means of its sizes, and a small marker for each network of a size that has
  /// several.
  public func figure(title: String, bytes: Bytes = .model) -> String {
    var drawing = Drawing(
      width: 800, height: 400, title: title,
      description:
        "The \(measure.title) over effective multiply-accumulates a frame and over bytes, for "
        + families.map { "\($0.name) networks" }.joined(separator: ", "))
    let names = families.map(\.name)
    drawing.drawLegend(names, at: SparrowFigures.Point(58, 18))
    let score = LineChart.Axis(measure.axisTitle)
    drawing.draw(
      chart(
        LineChart.Axis("effective MACs a frame", .logarithmic), score,
        \.effectiveMACsPerFrame, \.effectiveMACsPerFrame),
      in: Rectangle(left: 4, top: 34, right: 400, bottom: 396))
    let title =
      bytes == .model ? "bytes of non-zero weights and vectors" : "bytes in memory, packed"
    drawing.draw(
      chart(
        LineChart.Axis(title, .logarithmic), score,
        bytes == .model ? \.modelBytes : \.planBytes,
        { Double(bytes == .model ? $0.modelBytes : $0.planBytes) }),
      in: Rectangle(left: 404, top: 34, right: 800, bottom: 396))
    return drawing.svg
  }

  func chart(
    _ x: LineChart.Axis, _ y: LineChart.Axis, _ cost: (Point) -> Double,
    _ sampleCost: (Sample) -> Double
  ) -> LineChart {
    LineChart(
      x: x, y: y,
      series: families.map { family in
        LineChart.Series(
          family.name,
          family.points
            .map { point in
              LineChart.DataPoint(
                x: cost(point), y: point.score, label: point.label,
                samples: point.networks.map { (sampleCost($0), $0.score) },
                deviation: point.scoreDeviation)
            }
            .sorted { $0.x < $1.x })
      })
  }
}
