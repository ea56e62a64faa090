/// Counts of what an array of multipliers did.
public struct ArrayCounts: Sendable, Hashable {
  /// Tiles that were issued.
  public var tiles = 0
  /// Multiplications of all tiles, padding included.
  public var multiplications = 0
  /// Multiplications with a stored weight, zero or not.
  public var fed = 0
  /// Effective multiply-accumulates: non-zero weight, non-zero activation.
  public var needed = 0
  /// Activations read from the vector buffer.
  public var vectorReads = 0
  /// Values through the activation unit.
  public var activations = 0
  /// Units through the cell updater.
  public var cellUpdates = 0
  /// Partial sums that were stored and loaded again.
  public var partialSums = 0

  /// Multiplications that were not effective.
  public var padding: Int { multiplications - needed }

  private static var fields: [WritableKeyPath<Self, Int>] {
    [
      \.tiles, \.multiplications, \.fed, \.needed, \.vectorReads, \.activations, \.cellUpdates,
      \.partialSums,
    ]
  }

  static func += (sum: inout Self, other: Self) {
    for field in fields { sum[keyPath: field] += other[keyPath: field] }
  }

  static func * (counts: Self, factor: Int) -> Self {
    var result = counts
    for field in fields { result[keyPath: field] *= factor }
    return result
  }
}

/// An observer of an array. It is a generic argument, so that a run without one costs nothing.
protocol ArrayObserver {
  mutating func tile(at cycle: Int, group: StepPlan.Group, isEarly: Bool)
  mutating func activation(from start: Int, to end: Int, group: StepPlan.Group)
  mutating func cell(from start: Int, to end: Int)
  mutating func stepEnded(at cycle: Int)
}

struct NoArrayObserver: ArrayObserver {
  @inline(__always) mutating func tile(at cycle: Int, group: StepPlan.Group, isEarly: Bool) {}
  @inline(__always)
  mutating func activation(from start: Int, to end: Int, group: StepPlan.Group) {}
  @inline(__always) mutating func cell(from start: Int, to end: Int) {}
  @inline(__always) mutating func stepEnded(at cycle: Int) {}
}

/// The array and what comes behind it, event by event: every tile that is issued, every group of
/// rows that leaves the adder tree, enters the activation unit and the cell updater.
///
/// All parts work in the order in which things come to them, so the cycle of an event is known as
/// soon as those before it are, and no queue of events is needed.
struct ArrayEngine<Observer: ArrayObserver> {
  let chip: ArrayChip
  let product: MatrixProduct
  let schedule: Schedule
  var observer: Observer
  private(set) var counts = ArrayCounts()
  private var activation: PipelinedUnit
  private var cell: PipelinedUnit
  /// The first cycle in which the array can issue a tile.
  private var arrayFree = 0
  /// When the state of the step before is complete.
  private var stateReady = 0
  /// When reset gates are done: units up to which, and the cycle.
  private var resets: [(units: Int, cycle: Int)] = []

  init(_ chip: ArrayChip, _ product: MatrixProduct, _ schedule: Schedule, observer: Observer) {
    self.chip = chip
    self.product = product
    self.schedule = schedule
    self.observer = observer
    activation = PipelinedUnit(width: chip.activationWidth, latency: chip.activationLatency)
    cell = PipelinedUnit(width: chip.cellWidth, latency: chip.cellLatency)
  }

  /// The cycle in which everything is done.
  var cycles: Int { max(stateReady, arrayFree) }

  /// Waits until everything is done: what comes next was not known before.
  mutating func synchronize() {
    arrayFree = cycles
    stateReady = cycles
  }

  mutating func step(_ plan: StepPlan) {
    let ready = stateReady
    let isRecurrent = product.recurrentInputs > 0
    // Early tiles are issued in order; so many of them are done.
    var ahead = 0
    if schedule != .unfolded {
      arrayFree = max(arrayFree, ready)
    } else if isRecurrent {
      ahead = issueAhead(plan, until: ready)
      arrayFree = max(arrayFree, ready)
    }
    resets.removeAll(keepingCapacity: true)
    var end = 0
    var activated = 0
    for group in plan.groups {
      let done = min(ahead, group.early.count)
      ahead -= done
      issue(plan, group.early.dropFirst(done), of: group, isEarly: true)
      issue(plan, group.late, of: group, isEarly: false)
      let summed =
        arrayFree + group.levels * chip.reduceLevelLatency + chip.accumulateLatency
      activated = max(activated, activate(group, from: summed))
      if schedule == .sequential && group.endsGate { arrayFree = max(arrayFree, activated) }
      end = max(end, activated)
      if product.hasCell && group.units > 0 {
        let update = cell.take(group.units, from: activated)
        observer.cell(from: update.start, to: update.end)
        end = max(end, update.end)
      }
    }
    stateReady = max(stateReady, end + chip.writeBackLatency)
    counts.activations = activation.taken
    counts.cellUpdates = cell.taken
    observer.stepEnded(at: stateReady)
  }

  /// Issues early tiles while the state is not ready.
  ///
  /// - Returns: how many.
  private mutating func issueAhead(_ plan: StepPlan, until ready: Int) -> Int {
    var issued = 0
    for group in plan.groups.prefix(plan.groupsWithRoom) {
      let room = (ready - arrayFree + chip.tileInterval - 1) / chip.tileInterval
      guard room > 0 else { break }
      let tiles = group.early.prefix(room)
      issue(plan, tiles, of: group, isEarly: true)
      issued += tiles.count
      // Written once, read once.
      if !tiles.isEmpty { counts.partialSums += 2 * group.rows }
      if tiles.count < group.early.count { break }
    }
    return issued
  }

  @inline(__always)
  private mutating func issue(
    _ plan: StepPlan, _ range: Range<Int>, of group: StepPlan.Group, isEarly: Bool
  ) {
    var cycle = arrayFree
    var (fed, needed, columns) = (0, 0, 0)
    plan.tiles.withUnsafeBufferPointer { tiles in
      for index in range {
        let tile = tiles[index]
        observer.tile(at: cycle, group: group, isEarly: isEarly)
        fed += Int(tile.fed)
        needed += Int(tile.needed)
        columns += Int(tile.columns)
        cycle += chip.tileInterval
      }
    }
    arrayFree = cycle
    counts.tiles += range.count
    counts.multiplications += range.count * chip.multipliers
    counts.fed += fed
    counts.needed += needed
    counts.vectorReads += columns
  }

  /// - Returns: when all rows of the group have been through the activation unit.
  private mutating func activate(_ group: StepPlan.Group, from cycle: Int) -> Int {
    guard product.hasActivation else { return cycle }
    var end = cycle
    if group.resetRows > 0 {
      let reset = activation.take(group.resetRows, from: cycle)
      observer.activation(from: reset.start, to: reset.end, group: group)
      resets.append((group.resetDone, reset.end))
      end = max(end, reset.end)
    }
    if group.plainRows > 0 {
      let plain = activation.take(group.plainRows, from: cycle)
      observer.activation(from: plain.start, to: plain.end, group: group)
      end = max(end, plain.end)
    }
    if group.waitingRows > 0 {
      // A multiplication by the reset gate takes a cycle.
      let reset = resets.first { $0.units >= group.resetNeeded }.map { $0.cycle + 1 } ?? 0
      let waiting = activation.take(group.waitingRows, from: max(cycle, reset))
      observer.activation(from: waiting.start, to: waiting.end, group: group)
      end = max(end, waiting.end)
    }
    return end
  }
}
