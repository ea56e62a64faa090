import SparrowHardware
import Testing

@testable import SparrowHardware

@Suite struct ArrayTests {
  @Test(arguments: 0..<300)
  func multiplicationsAreWhatIsNeededAndPadding(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let chip = try shapes.sharp()
    let product = shapes.product()
    let setting = shapes.setting(chip)
    let steps = shapes.integer(1...4)
    for schedule in Schedule.allCases {
      let run = chip.run(product, steps: steps, schedule, setting)
      let counts = run.counts
      #expect(counts.needed == steps * product.denseMACs)
      #expect(counts.fed == counts.needed)
      #expect(counts.multiplications == counts.tiles * chip.multipliers)
      // Every lane of every tile, one by one, has a weight and an activation or is padding.
      let plan = TilePlanner(
        product, on: chip, schedule: schedule, setting: setting, mask: nil
      ).plan(
        inputs: Array(0..<product.inputs), states: Array(product.inputs..<product.columns))
      let idle = plan.tiles.reduce(0) { $0 + chip.multipliers - Int($1.needed) }
      #expect(counts.padding == steps * idle)
      #expect(plan.tiles.allSatisfy { Int($0.fed) <= chip.multipliers })
      #expect(plan.groups.reduce(0) { $0 + $1.rows } == product.rows)
      #expect(counts.activations == (product.hasActivation ? steps * product.rows : 0))
      #expect(counts.cellUpdates == (product.hasCell ? steps * product.units : 0))
      #expect(counts.needed <= run.cycles * chip.multipliers, "more than all lanes were used")
    }
  }

  @Test(arguments: 0..<60)
  func whatIsNeededIsCountedByTheZeros(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let chip = try shapes.sharp()
    var product = shapes.product(120)
    product.weights = .random(density: shapes.share(), seed: UInt64(seed))
    let mask = try #require(
      product.weights.mask(rows: product.rows, columns: product.columns))
    let columns = (0..<product.columns).filter { _ in shapes.share() < 0.4 }
    var expected = 0
    for row in 0..<product.rows { for column in columns where mask[row, column] { expected += 1 } }
    for schedule in Schedule.allCases {
      let planner = TilePlanner(
        product, on: chip, schedule: schedule, setting: shapes.setting(chip), mask: mask)
      let plan = planner.plan(
        inputs: columns.filter { $0 < product.inputs },
        states: columns.filter { $0 >= product.inputs })
      #expect(plan.tiles.reduce(0) { $0 + Int($1.needed) } == expected)
      #expect(plan.tiles.allSatisfy { $0.needed <= $0.fed && Int($0.fed) <= chip.multipliers })
      #expect(planner.storedWeights >= mask.nonZeroCount)
      #expect(planner.storedWeights <= product.denseMACs)
    }
  }

  @Test func zerosNeverCostTime() throws {
    let chip = try ArrayChip(ChipFile.named("sharp").setting("multipliers", to: 1024))
    var previous = Int.max
    for share in [1, 0.7, 0.4, 0.1] {
      let layer = WorkloadLayer.eventGRU(
        "egru", inputs: 200, units: 300, inputActivity: share, recurrentActivity: share)
      let run = chip.run(layer.products[0], steps: 20, .unfolded, TileSetting(height: 32))
      #expect(run.cycles < previous)
      previous = run.cycles
    }
  }

  @Test(arguments: 0..<60)
  func oneMultiplierTakesACycleForEveryProduct(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let file = try ChipFile.named("sharp").setting("multipliers", to: 1)
      .setting("tileHeights", to: 1)
    let chip = try ArrayChip(file)
    let product = shapes.product(40)
    for schedule in Schedule.allCases {
      let run = chip.run(product, steps: 2, schedule, TileSetting(height: 1))
      #expect(run.counts.padding == 0)
      #expect(run.cycles >= 2 * product.denseMACs)
    }
  }

  @Test(arguments: 0..<40)
  func noSettingIsFasterThanWhatTheSearchTakes(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let chip = try shapes.sharp()
    let product = shapes.product()
    let mask =
      seed.isMultiple(of: 3)
      ? WeightPattern.random(density: 0.2, seed: 3)
        .mask(rows: product.rows, columns: product.columns) : nil
    for schedule in Schedule.allCases {
      let chosen = chip.fastest(
        product, steps: 3, schedule: schedule, among: chip.settings, mask: mask)
      for setting in chip.settings {
        for interleaves in [true, false] {
          var setting = setting
          setting.interleavesGates = interleaves
          let run = chip.run(
            product, steps: 3, schedule: schedule, setting: setting, mask: mask)
          #expect(chosen.cycles <= run.cycles)
        }
      }
    }
  }

  @Test func halvingTheClockDoublesTime() throws {
    for name in ["sharp", "epur"] {
      let file = try ChipFile.named(name)
      let workload = Workload(
        name: "two layers",
        layers: [
          .lstm("a", inputs: 100, units: 130, directions: 2), .gru("b", inputs: 260, units: 70),
        ], steps: 9)
      let full = try ArrayChip(file).simulate(workload)
      let half = try ArrayChip(file.setting("clock", to: 250e6)).simulate(workload)
      #expect(half.cycles == full.cycles)
      #expect(half.seconds == 2 * full.seconds)
      #expect(half.utilization == full.utilization)
      #expect(half.energy[.staticPower] == 2 * full.energy[.staticPower])
      #expect(half.energy[.multipliers] == full.energy[.multipliers])
    }
  }

  @Test func energyAddsUp() throws {
    let chip = try ArrayChip(ChipFile.named("sharp"))
    let layer = WorkloadLayer.lstm("a", inputs: 100, units: 130)
    let workload = Workload(name: "a layer", layers: [layer], steps: 7)
    let result = try chip.simulate(workload)
    let macs = Double(7 * layer.products[0].denseMACs)
    let energy = result.energy
    #expect(abs(energy[.multipliers] / (macs * 1.1e-12) - 1) < 1e-12)
    #expect(abs(energy[.weightBuffer] / (macs * 2 * 3e-13) - 1) < 1e-12)
    #expect(abs(energy[.activationUnit] / (7 * 520 * 1e-11) - 1) < 1e-12)
    #expect(abs(energy[.cellUpdater] / (7 * 130 * 2e-11) - 1) < 1e-12)
    #expect(abs(energy[.staticPower] / (7.5 * result.seconds) - 1) < 1e-12)
    #expect(energy[.offChipMemory] == 0)
    let parts = Energy.Part.allCases.map { energy[$0] }
    #expect(energy.total == parts.reduce(0, +))
    // Layers one after the other take what they take apart.
    let twice = try chip.simulate(Workload(name: "two", layers: [layer, layer], steps: 7))
    #expect(twice.cycles == 2 * result.cycles)
    #expect(abs(twice.energy.total / (2 * energy.total) - 1) < 1e-12)
    #expect(twice.multiplications == 2 * result.multiplications)
  }

  @Test func weightsThatDoNotFitAreLoadedOrRefused() throws {
    let chip = try ArrayChip(ChipFile.named("sharp"))
    var workload = Workload(
      name: "wide",
      layers: (0..<3).map { .lstm("layer \($0)", inputs: 1024, units: 1024) }, steps: 50)
    let result = try chip.simulate(workload)
    #expect(result.energy[.offChipMemory] > 0)
    // The buses cannot be faster than they are, nor wait for more than there is.
    let bytes = 3.0 * 8 * 1024 * 1024 * 2
    #expect(result.weightLoadSeconds <= bytes / 25.6e9)
    #expect(result.weightLoadSeconds >= bytes / 25.6e9 - result.seconds)
    workload.steps = 1
    #expect(refusal(workload, chip).contains("2 such chips"))
    workload.steps = 9
    workload.layers = [.lstm("huge", inputs: 2048, units: 2048)]
    #expect(refusal(workload, chip).contains("3 such chips"))
  }

  private func refusal(_ workload: Workload, _ chip: ArrayChip) -> String {
    let error = #expect(throws: ChipError.self) { _ = try chip.simulate(workload) }
    return error.map { "\($0)" } ?? ""
  }

  @Test func fourGateUnitsLeaveOneIdleForAGRU() throws {
    let chip = try ArrayChip(ChipFile.named("epur").setting("multipliers", to: 1024))
    // 16 units of each gate by 16 columns a tile: no padding for either cell.
    let setting = chip.settings[0]
    let lstm = chip.run(
      WorkloadLayer.lstm("", inputs: 64, units: 64).products[0], steps: 1, .intergate, setting)
    let gru = chip.run(
      WorkloadLayer.gru("", inputs: 64, units: 64).products[0], steps: 1, .intergate, setting)
    #expect(lstm.counts.padding == 0)
    #expect(lstm.counts.tiles == 32)
    #expect(gru.counts.tiles == 32)
    #expect(4 * gru.counts.padding == gru.counts.multiplications)
  }
}
