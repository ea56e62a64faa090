import SparrowFigures
package import SparrowFiles

extension RunReport {
  /// The page of the report.
  package var html: String {
    let running = runs.filter { !$0.isFinished }.count
    let subtitle =
      (runs.count == 1
        ? "step \(runs[0].step)" + (runs[0].steps.map { " of \($0)" } ?? "")
          + (running == 0 ? "" : ", not finished")
        : "\(runs.count) runs" + (running == 0 ? "" : ", \(running) not finished"))
      + " · Sparrow \(sparrowVersion)"
    let body =
      (runs.count == 1 ? HTML.tiles(runs[0].tiles) : legend)
      + HTML.section(
        "Training", HTML.grid(trainingCharts),
        note: "Points are means over the steps since the one before.")
      + HTML.section("Validation", HTML.grid(validationCharts))
      + (runs.count == 1 ? runs[0].networkSections : "")
      + HTML.section("Runs", runs.count > 1 ? table : "")
      + (runs.count == 1 ? runs[0].settingsSection : "")
    return HTML.page(title: title, subtitle: subtitle, body)
  }

  private var legend: String {
    // With more runs than colours, a legend tells nothing.
    guard runs.count <= 12 else { return "" }
    return HTML.legend(runs.map(\.name))
  }

  private enum Abscissa { case steps, time }

  /// The unit of times in charts, and its seconds.
  private var timeUnit: (name: String, seconds: Double) {
    let longest = runs.compactMap(\.seconds).max() ?? 0
    return longest < 300
      ? ("seconds", 1) : longest < 3 * 3600 ? ("minutes", 60) : ("hours", 3600)
  }

  private var trainingCharts: [String] {
    let unit = Set(runs.compactMap(\.unit))
    let throughput =
      unit.count == 1 ? "Throughput (\(unit.first!) per second)" : "Throughput (units per second)"
    return [
      chart("Loss", "loss"), chart("Loss over time", "loss", over: .time),
      chart("Gradient norm, before clipping", "gradientNorm", .logarithmic),
      chart("Learning rate", "learningRate"), chart(throughput, "unitsPerSecond"),
      runs.count == 1 ? sparsityChart : nil,
    ].compactMap { $0 }
  }

  private var validationCharts: [String] {
    let keys = Set(runs.flatMap { $0.curves.map(\.key) }.filter { $0.hasPrefix("validation.") })
    // A task may call its score by another name, too.
    let others = keys.subtracting(["validation.score"]).filter { key in
      !runs.allSatisfy { $0.values(of: key) == $0.values(of: "validation.score") }
    }.sorted()
    let score = [
      chart("Score", "validation.score"),
      chart("Score over time", "validation.score", over: .time),
    ]
    // A task has many scores, and a run one network.
    let rest = others.prefix(10).map { chart(String($0.dropFirst("validation.".count)), $0) }
    return (score + rest).compactMap { $0 }
  }

  private func chart(
    _ title: String, _ key: String, _ kind: Scale.Kind = .linear, over abscissa: Abscissa = .steps
  ) -> String? {
    let series = runs.map { run -> LineChart.Series in
      guard let curve = run.curves.first(where: { $0.key == key }) else {
        return LineChart.Series(run.name, [], isCurve: true)
      }
      let points = curve.points(per: abscissa == .time ? timeUnit.seconds : nil, kind)
      return LineChart.Series(run.name, points, isCurve: true)
    }
    return Self.drawing(title, series, x: abscissa == .steps ? "step" : timeUnit.name, kind)
  }

  /// The sparsity of each matrix over the steps of one run.
  private var sparsityChart: String? {
    let curves = runs[0].curves.filter { $0.key.hasPrefix("sparsity.") }
    guard curves.contains(where: { $0.values.contains { $0 > 0.01 } }) else { return nil }
    return Self.drawing(
      "Sparsity of each matrix",
      curves.map {
        LineChart.Series(
          String($0.key.dropFirst("sparsity.".count)), $0.points(per: nil, .linear),
          isCurve: true)
      }, x: "step", .linear, hasLegend: true)
  }

  private static func drawing(
    _ title: String, _ series: [LineChart.Series], x: String, _ kind: Scale.Kind,
    hasLegend: Bool = false
  ) -> String? {
    guard series.contains(where: { !$0.points.isEmpty }) else { return nil }
    var drawing = Drawing(width: 520, height: 300, title: title, description: title)
    drawing.draw(
      LineChart(
        x: LineChart.Axis(x, margin: 0.02), y: LineChart.Axis("", kind, margin: 0.06),
        series: series),
      in: Rectangle(left: -8, top: 0, right: 520, bottom: 300))
    let legend = hasLegend ? HTML.legend(series.map(\.name)) : ""
    return HTML.figure(title, drawing.svg + legend)
  }

  private var table: String {
    HTML.table(
      ["run", "state", "steps", "time", "best score", "at step", "last loss", "parameters"],
      runs.sorted { ($0.bestScore ?? -.infinity) > ($1.bestScore ?? -.infinity) }.map { run in
        [
          .text(run.name), .text(run.isFinished ? "finished" : "not finished"),
          .number(Digits.grouped(run.step)), .number(run.seconds.map(Digits.duration) ?? "–"),
          .number(run.bestScore.map { Digits.fixed($0, 3) } ?? "–"),
          .number(run.bestStep.map(Digits.grouped) ?? "–"),
          .number(run.lastLoss.map { Digits.fixed($0, 3) } ?? "–"),
          .number(run.parameters.map(Digits.grouped) ?? "–"),
        ]
      })
  }
}

extension RunHistory.Curve {
  /// The points over steps or over a unit of time; without those that a logarithm has not.
  ///
  /// - Parameter unit: Seconds; nil for steps.
  fileprivate func points(per unit: Double?, _ kind: Scale.Kind) -> [LineChart.DataPoint] {
    guard unit == nil || seconds != nil else { return [] }
    return values.indices.filter { kind == .linear || values[$0] > 0 }.map { index in
      let time = unit.map { (seconds?[index] ?? 0) / $0 }
      return LineChart.DataPoint(x: time ?? Double(steps[index]), y: values[index])
    }
  }
}

extension RunReport.Run {
  fileprivate func values(of key: String) -> [Double]? {
    curves.first { $0.key == key }?.values
  }

  fileprivate var tiles: [HTML.Tile] {
    var tiles: [HTML.Tile] = []
    func add(_ name: String, _ value: String?, _ note: String = "") {
      if let value { tiles.append(HTML.Tile(name: name, value: value, note: note)) }
    }
    add(
      "best score", bestScore.map { Digits.fixed($0, 3) },
      bestStep.map { "at step \(Digits.grouped($0))" } ?? "")
    add("last loss", lastLoss.map { Digits.fixed($0, 3) }, "at step \(Digits.grouped(step))")
    add("training time", seconds.map(Digits.duration), "without validation")
    add(
      "throughput", unitsPerSecond.map { Digits.text($0) },
      unit.map { "\($0) per second, median" } ?? "median")
    add("parameters", parameters.map(Digits.grouped), instructionSet.map { "on \($0)" } ?? "")
    return tiles
  }

  fileprivate var networkSections: String {
    let layers = HTML.table(
      ["matrix", "rows × columns", "zeros", "non-zero inputs"],
      matrices.map { matrix in
        [
          .text(matrix.name), .number("\(matrix.rows) × \(matrix.columns)"),
          .share(matrix.sparsity), matrix.activationDensity.map { .share($0) } ?? .missing,
        ]
      })
    let places = HTML.table(
      ["place", "bits", "exponent", "largest", "clipped", "of"],
      fixedPoint.map { place in
        [
          .text(place.name), .number("\(place.bits)"), .number("\(place.exponent)"),
          .number(Digits.fixed(place.largest, 3)), .number(Digits.grouped(place.saturations)),
          .number(Digits.grouped(place.values)),
        ]
      })
    return HTML.section(
      "Zeros", layers,
      note: matrices.contains { $0.activationDensity != nil }
        ? "Of the network as it is now; non-zero inputs as evaluated."
        : "Of the network as it is now; an evaluation beside the run adds non-zero inputs.")
      + recurrences.section
      + HTML.section("Fixed point: ranges and clipped values", places)
  }

  fileprivate var settingsSection: String {
    let rows: [[HTML.Cell]] = settings.sorted { $0.key < $1.key }.map { key, value in
      [.text(key), .text(value.count > 300 ? String(value.prefix(300)) + "…" : value)]
    }
    let data = [
      dataFingerprint.map { "fingerprint \($0)" },
      unitsPerEpoch.map { "\(Digits.text($0)) \(unit ?? "units") per epoch" },
      unitsPerBatch.map { "\(Digits.text($0)) per batch" },
    ].compactMap { $0 }.joined(separator: ", ")
    let dataRows = rows.filter {
      if case .text(let key) = $0[0] { key.hasPrefix("data.") } else { false }
    }
    return HTML.section(
      "Data", HTML.table(["key", "value"], dataRows), note: data.isEmpty ? nil : data)
      + HTML.section(
        "Recipe", HTML.details("\(rows.count) settings", HTML.table(["key", "value"], rows)))
  }
}

extension [RunReport.Recurrence] {
  /// The time constants of all layers as figure and table.
  var section: String {
    guard !isEmpty else { return "" }
    let chart = LineChart(
      x: LineChart.Axis("share of states, by rising time constant", margin: 0.02),
      y: LineChart.Axis("frames", .logarithmic),
      series: map { recurrence in
        let last = Double(Swift.max(recurrence.timeConstants.count - 1, 1))
        return LineChart.Series(
          recurrence.layer,
          recurrence.timeConstants.enumerated().map { index, value in
            LineChart.DataPoint(x: Double(index) / last, y: value)
          }, isCurve: true)
      })
    var drawing = Drawing(
      width: 520, height: 300, title: "Time constants",
      description: "The time constants of all states, in frames, by layer")
    drawing.draw(chart, in: Rectangle(left: 0, top: 0, right: 520, bottom: 300))
    let rows: [[HTML.Cell]] = map { recurrence in
      func text(_ frames: Double) -> HTML.Cell {
        .number(
          "\(Digits.text(frames))"
            + (recurrence.frameMilliseconds.map {
              " (\(Digits.si(frames * $0 / 1000, "s")))"
            } ?? ""))
      }
      return [
        .text(recurrence.layer), .number("\(recurrence.states)"), text(recurrence.shortest),
        text(recurrence.median), text(recurrence.longest),
      ]
    }
    return HTML.section(
      "Time constants of recurrent states",
      HTML.grid([
        HTML.figure("All states", drawing.svg),
        HTML.table(["layer", "states", "shortest", "median", "longest"], rows),
      ]), note: "Frames in which a state falls to 1/e by itself.")
  }
}

extension RunReport {
  /// Writes `report.html` and `report.json`.
  package func write(to folder: String) throws(FileError) {
    try ReportJSON.write(self, to: "\(folder)/report.json")
    try Files.write(Array(html.utf8), to: "\(folder)/report.html")
  }
}
