import Sparrow

/// A product on an array, for all steps of a sequence.
struct ProductRun: Sendable {
  var setting: TileSetting
  var cycles: Int
  var counts: ArrayCounts
  /// Weights as they are stored; see ``TilePlanner/storedWeights``.
  var storedWeights: Int
  /// Cycles of all settings that were tried to find this one.
  var simulatedCycles: Int
}

extension ArrayChip {
  /// Settings that a layer can have on this chip.
  public var settings: [TileSetting] {
    guard isReconfigurable else { return [TileSetting(height: tileHeights[0])] }
    return tileHeights.flatMap { height in
      Fringe.allCases.map { TileSetting(height: height, fringe: $0) }
    }
  }

  /// Computes a product step by step.
  ///
  /// - Parameters:
  ///   - steps: of a sequence that is known when it begins.
  ///   - sequences: how many of them, one after the other.
  ///   - seed: decides which activations are zero, where not all of them are.
  func run(
    _ product: MatrixProduct, steps: Int, sequences: Int = 1, schedule: Schedule,
    setting: TileSetting, mask: WeightMask?, seed: UInt64 = 1
  ) -> ProductRun {
    var engine = ArrayEngine(self, product, schedule, observer: NoArrayObserver())
    let stored = run(
      &engine, steps: steps, sequences: sequences, setting: setting, mask: mask, seed: seed)
    return ProductRun(
      setting: setting, cycles: engine.cycles, counts: engine.counts, storedWeights: stored,
      simulatedCycles: engine.cycles)
  }

  /// - Returns: weights as they are stored.
  func run<Observer>(
    _ engine: inout ArrayEngine<Observer>, steps: Int, sequences: Int = 1, setting: TileSetting,
    mask: WeightMask?, seed: UInt64
  ) -> Int {
    let product = engine.product
    let planner = TilePlanner(
      product, on: self, schedule: engine.schedule, setting: setting, mask: mask)
    var numbers = SplitMix64(seed: seed)
    func active(_ columns: Range<Int>, _ activity: Double) -> [Int] {
      activity < 1 ? columns.filter { _ in numbers.unit() < activity } : Array(columns)
    }
    func plan() -> StepPlan {
      let inputs = active(0..<product.inputs, product.inputActivity)
      let states = active(product.inputs..<product.columns, product.recurrentActivity)
      return planner.plan(inputs: inputs, states: states)
    }
    // Before the first step there is no state, but a chip does not look: its zeros cost what
    // others do.
    var step = plan()
    for index in 0..<steps * sequences {
      if index > 0, product.hasZeroActivations { step = plan() }
      engine.step(step)
      if (index + 1).isMultiple(of: steps) { engine.synchronize() }
    }
    return planner.storedWeights
  }

  /// The setting with which a product takes the fewest cycles; of several, the one that has the
  /// fewest idle lanes, and of those the first. Every setting is simulated, so none can be faster.
  ///
  /// - Parameter settings: see ``candidates(_:schedule:among:)``.
  func fastest(
    _ product: MatrixProduct, steps: Int, sequences: Int = 1, schedule: Schedule,
    among settings: [TileSetting], mask: WeightMask?, seed: UInt64 = 1
  ) -> ProductRun {
    var best: ProductRun?
    var simulated = 0
    for setting in candidates(product, schedule: schedule, among: settings) {
      let run = run(
        product, steps: steps, sequences: sequences, schedule: schedule, setting: setting,
        mask: mask, seed: seed)
      simulated += run.cycles
      if let known = best,
        (known.cycles, known.counts.padding) <= (run.cycles, run.counts.padding)
      {
        continue
      }
      best = run
    }
    best?.simulatedCycles = simulated
    return best!
  }

  /// The settings that are tried for a product: each with both orders of gates where the schedule
  /// leaves a choice.
  func candidates(
    _ product: MatrixProduct, schedule: Schedule, among settings: [TileSetting]
  ) -> [TileSetting] {
    let hasOrders = isReconfigurable && schedule.updatesCellsEarly && product.gates > 1
    return settings.flatMap { hasOrders ? $0.orders : [$0] }
  }
}

extension TileSetting {
  fileprivate var orders: [TileSetting] {
    [true, false].map {
      TileSetting(height: height, fringe: fringe, interleavesGates: $0)
    }
  }
}
