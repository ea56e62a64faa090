import SparrowHardware
import TestSupport

@testable import SparrowHardware

/// Chips and workloads that a seed decides.
struct RandomShapes {
  private var numbers: TestNumbers

  init(seed: UInt64) { numbers = TestNumbers(seed: seed) }

  mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(numbers.next() % UInt64(range.count))
  }

  /// Small ones more often than large ones.
  mutating func size(_ most: Int) -> Int { integer(1...integer(1...most)) }

  /// SHARP of some size, with timing of any sort.
  mutating func sharp() throws -> ArrayChip {
    let tileHeights = [[8], [4, 8, 16], [16, 32], [32, 64, 128, 256]][integer(0...3)]
    var file = try ChipFile.named("sharp")
    for (name, value) in [
      ("multipliers", 256 << integer(0...6)), ("tileInterval", integer(1...10) == 1 ? 2 : 1),
      ("reduceLevelLatency", integer(0...2)), ("accumulateLatency", integer(0...4)),
      ("activationWidth", 1 << integer(0...8)), ("activationLatency", integer(0...20)),
      ("cellWidth", 1 << integer(0...8)), ("cellLatency", integer(0...20)),
      ("writeBackLatency", integer(0...3)), ("partialSumBuffer", integer(1...10_000)),
    ] {
      file = try file.setting(name, to: Double(value))
    }
    return try ArrayChip(file.setting("tileHeights", to: tileHeights.map(Double.init)))
  }

  mutating func product(_ most: Int = 300) -> MatrixProduct {
    let inputs = size(most)
    let units = size(most)
    let kinds: [WorkloadLayer] = [
      .lstm("lstm", inputs: inputs, units: units), .gru("gru", inputs: inputs, units: units),
      .dense("dense", inputs: inputs, units: units), .gate("gate", units: units),
      .linearRecurrence("recurrence", inputs: inputs, states: units),
    ]
    let products = kinds[integer(0...4)].products
    return products[integer(0...products.count - 1)]
  }

  mutating func setting(_ chip: ArrayChip) -> TileSetting {
    chip.settings[integer(0...chip.settings.count - 1)]
  }

  mutating func share() -> Double { Double(numbers.float(in: 0...1)) }
}

extension ArrayChip {
  /// A run without search.
  func run(
    _ product: MatrixProduct, steps: Int, _ schedule: Schedule, _ setting: TileSetting
  ) -> ProductRun {
    run(
      product, steps: steps, schedule: schedule, setting: setting,
      mask: product.weights.mask(rows: product.rows, columns: product.columns))
  }
}
