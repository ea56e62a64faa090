@testable import SparrowHardware

/// How many cycles a schedule takes, in closed form, where nothing is zero.
///
/// With m the tiles of a step, m_a those that may run ahead of the step before, and the tail
/// t = tree + ⌈rows/w_a⌉ - 1 + activation + ⌈units/w_c⌉ - 1 + cell + write-back of the last rows:
///
/// - sequential: Σ over gates (m_g + tree + ⌈rows/w_a⌉ - 1 + activation) + ⌈H/w_c⌉ - 1 + cell +
///   write-back
/// - batch: m + t, all H units being updated at the end
/// - intergate: m + t
/// - unfolded: m + t for the first step, m + t - min(m_a, t) for every further one
///
/// It is what the engine gives, cycle by cycle, as long as activation unit and cell updater keep up
/// with the array and no candidate waits for a reset gate; where they don't, the engine takes
/// longer.
struct ScheduleFormula: Sendable {
  let chip: ArrayChip
  let product: MatrixProduct
  let schedule: Schedule
  private let plan: StepPlan

  init(_ product: MatrixProduct, on chip: ArrayChip, schedule: Schedule, setting: TileSetting) {
    self.chip = chip
    self.product = product
    self.schedule = schedule
    plan = TilePlanner(product, on: chip, schedule: schedule, setting: setting, mask: nil)
      .plan(inputs: Array(0..<product.inputs), states: Array(product.inputs..<product.columns))
  }

  /// Of a whole sequence.
  func cycles(steps: Int) -> Int {
    let first = multiplication + tail
    guard schedule == .unfolded else { return steps * (first + gateWaits) }
    let ahead = plan.aheadCount * chip.tileInterval
    // Without a state that is waited for, only the array counts.
    let further =
      product.recurrentInputs == 0 ? multiplication : multiplication + tail - min(ahead, tail)
    return first + (steps - 1) * further
  }

  /// Whether no group of rows ever waits for the one before it in the units behind the tree, even
  /// where all its early tiles were done before.
  var unitsKeepUp: Bool {
    guard !product.resetsCandidate, let last = plan.groups.last else { return false }
    var previous = last
    return plan.groups.allSatisfy { group in
      defer { previous = group }
      let tiles = group.late.count + (product.recurrentInputs == 0 ? group.early.count : 0)
      let distance =
        tiles * chip.tileInterval + (group.levels - previous.levels) * chip.reduceLevelLatency
      let rows = product.hasActivation ? places(previous.rows, chip.activationWidth) : 0
      let shorter = product.hasActivation ? rows - places(group.rows, chip.activationWidth) : 0
      let units = product.hasCell ? places(previous.units, chip.cellWidth) : 0
      return rows <= distance && units + shorter <= distance
    }
  }

  private var multiplication: Int { plan.tiles.count * chip.tileInterval }

  private var tail: Int {
    guard let last = plan.groups.last else { return 0 }
    return activated(last) + updated(product.hasCell ? last.units : 0) + chip.writeBackLatency
  }

  /// What all gates but the last add where each waits for the one before.
  private var gateWaits: Int {
    guard schedule == .sequential else { return 0 }
    return plan.groups.dropLast().reduce(0) { $0 + ($1.endsGate ? activated($1) : 0) }
  }

  private func activated(_ group: StepPlan.Group) -> Int {
    let tree = group.levels * chip.reduceLevelLatency + chip.accumulateLatency
    guard product.hasActivation else { return tree }
    return tree + places(group.rows, chip.activationWidth) - 1 + chip.activationLatency
  }

  private func updated(_ units: Int) -> Int {
    units == 0 ? 0 : places(units, chip.cellWidth) - 1 + chip.cellLatency
  }

  private func places(_ count: Int, _ width: Int) -> Int { (count + width - 1) / width }
}
