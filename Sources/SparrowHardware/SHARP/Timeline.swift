/// The work of the parts of an array in the first steps of a layer, cycle by cycle.
public struct Timeline: Sendable, Hashable {
  /// A part of the array.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    /// The array of multipliers.
    case multipliers
    /// The activation unit.
    case activationUnit
    /// The cell updater.
    case cellUpdater
  }

  /// A kind of work.
  public enum Work: Sendable, Hashable {
    /// Rows of one gate.
    case gate(Int)
    /// Rows of all gates, interleaved.
    case allGates
    /// Products of the next step's inputs, ahead of its state.
    case ahead
    /// Cell updates.
    case cell
  }

  /// Work of a part in the cycles from `start` to before `end`.
  public struct Span: Sendable, Hashable {
    /// The part.
    public var part: Part
    /// The work.
    public var work: Work
    /// The first cycle.
    public var start: Int
    /// The cycle after the last one.
    public var end: Int
  }

  /// The order of tiles.
  public let schedule: Schedule
  /// The work of all parts, by start within each part.
  public internal(set) var spans: [Span] = []
  /// The cycle in which the state of each step is complete.
  public internal(set) var stepEnds: [Int] = []
}

extension ArrayChip {
  /// The timeline of a product.
  ///
  /// - Parameters:
  ///   - product: The product of every step.
  ///   - steps: The number of steps.
  ///   - schedule: The order of tiles.
  ///   - setting: The tile setting; nil for the fastest.
  /// - Throws: ``ChipError`` if the product is invalid.
  public func timeline(
    of product: MatrixProduct, steps: Int, schedule: Schedule, setting: TileSetting? = nil
  ) throws(ChipError) -> Timeline {
    try product.validate()
    let schedule = isReconfigurable ? schedule : .intergate
    let mask = product.weights.mask(rows: product.rows, columns: product.columns)
    let best = fastest(
      product, steps: steps, schedule: schedule, among: setting.map { [$0] } ?? settings,
      mask: mask)
    var engine = ArrayEngine(
      self, product, schedule, observer: TimelineObserver(timeline: Timeline(schedule: schedule)))
    _ = run(&engine, steps: steps, setting: best.setting, mask: mask, seed: 1)
    return engine.observer.timeline
  }
}

/// Records the work of an array, with adjacent spans of the same work merged.
struct TimelineObserver: ArrayObserver {
  var timeline: Timeline
  private var stateReady = 0

  init(timeline: Timeline) { self.timeline = timeline }

  mutating func tile(at cycle: Int, group: StepPlan.Group, isEarly: Bool) {
    let own: Timeline.Work = group.gate.map { .gate($0) } ?? .allGates
    let isAhead = isEarly && cycle < stateReady
    add(.multipliers, isAhead ? .ahead : own, from: cycle, to: cycle + 1)
  }

  mutating func activation(from start: Int, to end: Int, group: StepPlan.Group) {
    add(.activationUnit, group.gate.map { .gate($0) } ?? .allGates, from: start, to: end)
  }

  mutating func cell(from start: Int, to end: Int) {
    add(.cellUpdater, .cell, from: start, to: end)
  }

  mutating func stepEnded(at cycle: Int) {
    timeline.stepEnds.append(cycle)
    stateReady = cycle
  }

  private mutating func add(
    _ part: Timeline.Part, _ work: Timeline.Work, from start: Int, to end: Int
  ) {
    if let last = timeline.spans.lastIndex(where: { $0.part == part }),
      timeline.spans[last].work == work, timeline.spans[last].end >= start
    {
      timeline.spans[last].end = max(timeline.spans[last].end, end)
    } else {
      timeline.spans.append(.init(part: part, work: work, start: start, end: end))
    }
  }
}
