import SparrowHardware
import Testing

@testable import SparrowHardware

@Suite struct TimelineTests {
  private func timelines(_ product: MatrixProduct) throws -> [Timeline] {
    let chip = try ArrayChip(ChipFile.named("sharp").setting("multipliers", to: 1024))
    return try Schedule.allCases.map {
      try chip.timeline(of: product, steps: 3, schedule: $0, setting: TileSetting(height: 32))
    }
  }

  @Test func spansAreWhatTheEngineDid() throws {
    let product = WorkloadLayer.lstm("", inputs: 100, units: 90).products[0]
    let chip = try ArrayChip(ChipFile.named("sharp").setting("multipliers", to: 1024))
    for timeline in try timelines(product) {
      let run = chip.fastest(
        product, steps: 3, schedule: timeline.schedule, among: [TileSetting(height: 32)], mask: nil)
      #expect(timeline.stepEnds.last == run.cycles)
      let busy = timeline.spans.filter { $0.part == .multipliers }
      #expect(busy.reduce(0) { $0 + $1.end - $1.start } == run.counts.tiles)
      for (one, next) in zip(busy, busy.dropFirst()) { #expect(one.end <= next.start) }
      // Only what is unfolded runs ahead, and it does.
      let isAhead = busy.contains { $0.work == .ahead }
      #expect(isAhead == (timeline.schedule == .unfolded))
    }
  }
}
