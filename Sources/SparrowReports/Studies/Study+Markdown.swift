extension Study {
  /// The study as Markdown tables: scores and costs, and the cost of the same score in another
  /// family.
  public var markdown: String {
    let score = measure.heading
    var lines = Self.table(
      [
        "family", "size", "networks", score, "effective MACs a frame", "dense MACs",
        "non-zero parameters", "model bytes", "plan bytes",
      ],
      families.flatMap { family in family.points.map { row($0, of: family) } })
    for (family, comparisons) in groups {
      let other = comparisons[0].otherFamily
      lines += [
        "",
        "The cost of \(family) networks beside \(other) ones of the same \(measure.title), "
          + "interpolated between the best \(other) points (the logarithm of the cost over the "
          + "score). Outside the range of their scores, the nearest point is named.",
        "",
      ]
      lines += Self.table(
        ["\(family) network", score, "effective MACs", "model bytes", "plan bytes"],
        comparisons.map { comparison in
          [comparison.label, Digits.fixed(comparison.score)]
            + [comparison.effectiveMACs, comparison.modelBytes, comparison.planBytes].map {
              text($0, score: comparison.score)
            }
        })
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The comparisons, grouped by the two families.
  private var groups: [(family: String, comparisons: [StudyComparison])] {
    comparisons.reduce(into: []) { groups, comparison in
      if let last = groups.last?.comparisons.last, last.family == comparison.family,
        last.otherFamily == comparison.otherFamily
      {
        groups[groups.count - 1].comparisons.append(comparison)
      } else {
        groups.append((comparison.family, [comparison]))
      }
    }
  }

  private func row(_ point: Point, of family: Family) -> [String] {
    let scores = point.networks.map(\.score).sorted()
    let spread =
      scores.count > 1
      ? " (\(Digits.fixed(scores[0])) to \(Digits.fixed(scores[scores.count - 1])))" : ""
    return [
      family.name, point.label, "\(scores.count)", Digits.fixed(point.score) + spread,
      count(point.effectiveMACsPerFrame), Digits.grouped(point.denseMACsPerFrame),
      count(point.nonZeroParameters), count(point.modelBytes), count(point.planBytes),
    ]
  }

  /// A cost as "14.20 times fewer (−93 %)" or "1.50 times as many".
  private func text(_ cost: CostComparison, score: Double) -> String {
    let ratio =
      cost.timesLess >= 1
      ? "\(Digits.fixed(cost.timesLess)) times fewer (−\(Digits.fixed(100 * cost.shareLess, 0)) %)"
      : "\(Digits.fixed(1 / cost.timesLess)) times as many"
    guard let label = cost.otherLabel else { return ratio }
    let unit = measure.unit.isEmpty ? "" : " \(measure.unit)"
    let distance = Digits.fixed(abs(cost.otherScore - score)) + unit
    let better = (cost.otherScore > score) != measure.isLowerBetter ? "better" : "worse"
    return "\(ratio) beside \(label), which is \(distance) \(better)"
  }

  private func count(_ value: Double) -> String { Digits.grouped(Int(value.rounded())) }

  private static func table(_ heading: [String], _ rows: [[String]]) -> [String] {
    ([heading, heading.map { _ in "---" }] + rows).map { row in
      "| " + row.map(escaped).joined(separator: " | ") + " |"
    }
  }

  /// Text without the characters that end a cell.
  private static func escaped(_ cell: String) -> String {
    cell.replacing("|", with: "\\|").replacing("\n", with: " ")
  }
}
