import SparrowHardware
import SparrowReports
import Testing

@Suite struct TimelineFigureTests {
  @Test func aFigureHasAPanelForEverySchedule() throws {
    let product = WorkloadLayer.lstm("", inputs: 100, units: 90).products[0]
    let chip = try ArrayChip(ChipFile.named("sharp").setting("multipliers", to: 1024))
    let timelines = try Schedule.allCases.map {
      try chip.timeline(of: product, steps: 3, schedule: $0, setting: TileSetting(height: 32))
    }
    let svg = Timeline.figure(timelines, title: "Steps <of> an LSTM")
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
    #expect(svg.contains("Steps &lt;of&gt; an LSTM"))
    for schedule in Schedule.allCases { #expect(svg.contains(">\(schedule.rawValue)</text>")) }
    #expect(svg == Timeline.figure(timelines, title: "Steps <of> an LSTM"))
  }
}
