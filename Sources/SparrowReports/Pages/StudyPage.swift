import SparrowFigures

extension Study {
  /// The page of the comparison.
  ///
  /// - Parameter title: The title.
  public func html(title: String) -> String {
    let networks = families.flatMap(\.points).reduce(0) { $0 + $1.networks.count }
    let points = families.reduce(0) { $0 + $1.points.count }
    let body =
      HTML.tiles(tiles)
      + HTML.section(
        "\(measure.title.prefix(1).uppercased() + measure.title.dropFirst()) over cost",
        legend, HTML.grid(charts),
        note: "Large markers are means over seeds and bars their standard deviation; small markers "
          + "are single networks. The grey band is the Pareto front: no point is both better and "
          + "cheaper. The upper left is better"
          + (measure.isLowerBetter ? ", except that less is better here: the lower left." : "."))
      + HTML.section("Networks", table)
      + HTML.section(
        "At the same \(measure.title)", HTML.table(comparisonHeading, comparisonRows),
        note: comparisons.isEmpty
          ? nil
          : "Costs of the other family are interpolated between its best points, the logarithm of "
            + "the cost over the score; outside of the range of its scores, the nearest point is "
            + "named.")
    return HTML.page(
      title: title,
      subtitle: "\(networks) networks, \(points) points, \(families.count) "
        + (families.count == 1 ? "family" : "families") + " · Sparrow \(sparrowVersion)", body)
  }

  private func text(_ score: Double) -> String {
    Digits.fixed(score) + (measure.unit.isEmpty ? "" : "\u{2009}\(measure.unit)")
  }

  private var tiles: [HTML.Tile] {
    families.flatMap { family -> [HTML.Tile] in
      let best = family.points.min {
        measure.isLowerBetter ? $0.score < $1.score : $0.score > $1.score
      }
      guard let best else { return [] }
      return [
        HTML.Tile(
          name: "best \(family.name)", value: text(best.score),
          note: "\(best.label), \(Scale.magnitude(best.effectiveMACsPerFrame)) effective MACs")
      ]
    }
  }

  private var legend: String {
    HTML.legend(families.map(\.name))
  }

  private var charts: [String] {
    let score = LineChart.Axis(measure.axisTitle)
    let fixed = [
      figure(
        "Effective MACs a frame", score, \.effectiveMACsPerFrame, \.effectiveMACsPerFrame, "exact"),
      figure(
        "Bytes of non-zero weights and vectors", score, \.modelBytes,
        { Double($0.modelBytes) }, "exact"),
      figure("Bytes in memory, packed", score, \.planBytes, { Double($0.planBytes) }, "exact"),
    ]
    let others = costs.map { cost in
      figure(
        "\(cost.title.prefix(1).uppercased() + cost.title.dropFirst()) (\(cost.unit))", score,
        { $0.costs[cost.key] ?? 0 }, { $0.costs[cost.key] ?? 0 }, cost.kind)
    }
    return fixed + others
  }

  private func figure(
    _ title: String, _ score: LineChart.Axis, _ cost: (Point) -> Double,
    _ sampleCost: (Sample) -> Double, _ kind: String
  ) -> String {
    var chart = chart(LineChart.Axis("", .logarithmic), score, cost, sampleCost)
    // Networks without this cost have no place in the figure.
    for index in chart.series.indices {
      chart.series[index].points = chart.series[index].points.filter { $0.x > 0 }.map {
        var point = $0
        point.samples.removeAll { $0.x <= 0 }
        return point
      }
    }
    chart.backdrop = front(chart.series.flatMap(\.points))
    var drawing = Drawing(
      width: 520, height: 340, title: title,
      description: "The \(measure.title) over \(title), for "
        + families.map { "\($0.name) networks" }.joined(separator: ", "))
    drawing.draw(chart, in: Rectangle(left: 0, top: 0, right: 520, bottom: 358))
    return HTML.figure(title, drawing.svg, note: kind)
  }

  /// The points that no other one beats in both cost and score, cheapest first.
  private func front(_ points: [LineChart.DataPoint]) -> [(x: Double, y: Double)] {
    guard !points.isEmpty else { return [] }
    let sign = measure.isLowerBetter ? -1.0 : 1
    return CostFront(
      points.map { CostFront.Point(label: $0.label, score: sign * $0.y, cost: $0.x) }
    ).points.map { ($0.cost, sign * $0.score) }
  }

  private var table: String {
    let heading =
      [
        "family", "size", "networks", measure.heading, "effective MACs", "dense MACs", "zeros",
        "model bytes", "plan bytes",
      ] + costs.map { "\($0.title), \($0.unit), \($0.kind)" }
    let rows: [[HTML.Cell]] = families.flatMap { family in
      family.points.map { point in
        let spread = point.scoreDeviation.map { " ± \(Digits.fixed($0))" } ?? ""
        let fixed: [HTML.Cell] = [
          .text(family.name), .text(point.label), .number("\(point.networks.count)"),
          .number(Digits.fixed(point.score) + spread),
          .number(count(point.effectiveMACsPerFrame)),
          .number(Digits.grouped(point.denseMACsPerFrame)), .share(point.sparsity),
          .number(count(point.modelBytes)), .number(count(point.planBytes)),
        ]
        return fixed
          + costs.map { cost in
            point.costs[cost.key].map { .number(Scale.magnitude($0)) } ?? .missing
          }
      }
    }
    return HTML.table(heading, rows)
  }

  private func count(_ value: Double) -> String { Digits.grouped(Int(value.rounded())) }

  private var comparisonHeading: [String] {
    ["network", "beside", measure.heading, "effective MACs", "model bytes", "plan bytes"]
  }

  private var comparisonRows: [[HTML.Cell]] {
    comparisons.map { comparison in
      [
        .text("\(comparison.family), \(comparison.label)"), .text(comparison.otherFamily),
        .number(Digits.fixed(comparison.score)), cell(comparison.effectiveMACs),
        cell(comparison.modelBytes), cell(comparison.planBytes),
      ]
    }
  }

  private func cell(_ cost: CostComparison) -> HTML.Cell {
    let ratio =
      cost.timesLess >= 1
      ? "\(Digits.fixed(cost.timesLess)) times fewer"
      : "\(Digits.fixed(1 / cost.timesLess)) times as many"
    return .number(ratio + (cost.otherLabel.map { " than \($0)" } ?? ""))
  }
}
