import SparrowFigures
public import SparrowHardware

extension Timeline {
  /// A figure of timelines over one axis of cycles, as SVG: the work of multipliers, activation
  /// unit and cell updater, with a line where the state of a step is complete.
  ///
  /// - Parameters:
  ///   - timelines: The timelines, from top to bottom.
  ///   - title: The layer and the chip, for screen readers.
  public static func figure(_ timelines: [Timeline], title: String) -> String {
    let height = 96.0
    let bottom = 34 + height * Double(timelines.count)
    var drawing = Drawing(
      width: 900, height: bottom + 52, title: title,
      description:
        "What the parts of an array of multipliers do, cycle by cycle, in the first "
        + "\(timelines.first?.stepEnds.count ?? 0) steps of a layer, for the schedules "
        + timelines.map(\.schedule.rawValue).joined(separator: ", "))
    let plot = Rectangle(left: 150, top: 34, right: 890, bottom: bottom)
    let last = timelines.flatMap(\.stepEnds).max() ?? 1
    let scale = CycleScale(last: last, plot: plot)
    drawLegend(&drawing, gates: timelines.flatMap(\.spans).compactMap(\.gate).max())
    for (index, timeline) in timelines.enumerated() {
      let top = plot.top + height * Double(index)
      timeline.draw(in: &drawing, scale, top: top)
    }
    scale.drawAxis(&drawing)
    return drawing.svg
  }

  private static func drawLegend(_ drawing: inout Drawing, gates: Int?) {
    var entries = (0...(gates ?? 0)).map { ("gate \($0)", Work.gate($0)) }
    if gates == nil { entries = [] }
    entries += [("gates together", .allGates), ("inputs ahead", .ahead), ("cells", .cell)]
    var x = 150.0
    for (words, work) in entries {
      drawing.rectangle(
        Rectangle(left: x, top: 10, right: x + 12, bottom: 22), ink(work))
      drawing.text(words, at: Point(x + 17, 20), size: 12)
      x += 17 + Drawing.width(of: words, size: 12) + 14
    }
  }

  private static func ink(_ work: Work) -> Ink {
    switch work {
    case .gate(let gate): .series(gate)
    case .allGates: .series(4)
    case .ahead: .series(5)
    case .cell: .text
    }
  }

  private func draw(in drawing: inout Drawing, _ scale: CycleScale, top: Double) {
    let names: [Part: String] = [
      .multipliers: "multipliers", .activationUnit: "activations", .cellUpdater: "cells",
    ]
    drawing.text(schedule.rawValue, at: Point(6, top + 26))
    drawing.text("\(stepEnds.last ?? 0) cycles", at: Point(6, top + 44), size: 12)
    for (row, part) in Part.allCases.enumerated() {
      let y = top + 12 + 25 * Double(row)
      drawing.text(names[part]!, at: Point(144, y + 13), anchor: .end, size: 11)
      for span in spans where span.part == part {
        drawing.rectangle(
          Rectangle(
            left: scale.x(span.start), top: y, right: max(scale.x(span.end), scale.x(span.start)),
            bottom: y + 18), Self.ink(span.work).faded(0.85))
      }
    }
    for end in stepEnds {
      drawing.line(
        from: Point(scale.x(end), top + 6), to: Point(scale.x(end), top + 88), .text, width: 1.5)
    }
    drawing.line(from: Point(scale.x(0), top + 92), to: Point(890, top + 92), .grid)
  }
}

extension Timeline.Span {
  fileprivate var gate: Int? {
    if case .gate(let gate) = work { gate } else { nil }
  }
}

/// The horizontal axis, in cycles.
private struct CycleScale {
  let last: Int
  let plot: Rectangle
  private let scale: Scale

  init(last: Int, plot: Rectangle) {
    self.last = last
    self.plot = plot
    scale = Scale(.linear, holding: [0, Double(last)])
  }

  func x(_ cycle: Int) -> Double {
    plot.left + plot.width * Double(cycle) / Double(max(last, 1))
  }

  func drawAxis(_ drawing: inout Drawing) {
    drawing.line(
      from: Point(plot.left, plot.bottom), to: Point(plot.right, plot.bottom), .text)
    for tick in scale.ticks(about: 10) where (0...Double(last)).contains(tick.value) {
      let place = x(Int(tick.value))
      drawing.line(from: Point(place, plot.top), to: Point(place, plot.bottom), .grid)
      drawing.text(tick.label, at: Point(place, plot.bottom + 17), anchor: .middle, size: 12)
    }
    drawing.text(
      "cycles", at: Point((plot.left + plot.right) / 2, plot.bottom + 38), anchor: .middle)
  }
}
