import SparrowHardware
import Testing

@testable import SparrowHardware

@Suite struct ScheduleTests {
  @Test(arguments: 0..<500)
  func everyScheduleIsAtLeastAsFastAsTheOneBefore(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let chip = try shapes.sharp()
    let product = shapes.product()
    let setting = shapes.setting(chip)
    let steps = shapes.integer(1...6)
    let cycles = Schedule.allCases.map {
      chip.fastest(product, steps: steps, schedule: $0, among: [setting], mask: nil).cycles
    }
    for (slower, faster) in zip(cycles, cycles.dropFirst()) {
      #expect(faster <= slower, "\(cycles): \(product) \(setting)")
    }
  }

  @Test(arguments: 0..<150)
  func zerosDoNotChangeTheOrder(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let chip = try shapes.sharp()
    var product = shapes.product(100)
    product.inputActivity = shapes.share()
    product.recurrentActivity = shapes.share()
    if seed.isMultiple(of: 2) {
      product.weights = .random(density: shapes.share(), seed: UInt64(seed))
    }
    let mask = product.weights.mask(rows: product.rows, columns: product.columns)
    let setting = shapes.setting(chip)
    let runs = Schedule.allCases.map {
      chip.fastest(product, steps: 4, schedule: $0, among: [setting], mask: mask)
    }
    for (slower, faster) in zip(runs, runs.dropFirst()) {
      #expect(faster.cycles <= slower.cycles, "\(product) \(setting)")
      #expect(faster.counts.needed == slower.counts.needed)
    }
  }

  @Test(arguments: 0..<500)
  func formulasAreExactWhereUnitsKeepUp(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let chip = try shapes.sharp()
    let product = shapes.product()
    let setting = shapes.setting(chip)
    let steps = shapes.integer(1...6)
    for schedule in Schedule.allCases {
      let formula = ScheduleFormula(product, on: chip, schedule: schedule, setting: setting)
      let run = chip.run(product, steps: steps, schedule, setting)
      if formula.unitsKeepUp {
        #expect(formula.cycles(steps: steps) == run.cycles, "\(schedule) \(product) \(setting)")
      } else {
        #expect(formula.cycles(steps: steps) <= run.cycles, "\(schedule) \(product) \(setting)")
      }
    }
  }

  @Test func formulasHoldForMostOfTheShapesAbove() throws {
    var count = 0
    for seed in 0..<500 {
      var shapes = RandomShapes(seed: UInt64(seed))
      let chip = try shapes.sharp()
      let product = shapes.product()
      let setting = shapes.setting(chip)
      if ScheduleFormula(product, on: chip, schedule: .unfolded, setting: setting).unitsKeepUp {
        count += 1
      }
    }
    #expect(count > 150)
  }
}
