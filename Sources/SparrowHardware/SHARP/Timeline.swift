/// What the parts of an array do in the first steps of a layer, cycle by cycle.
public struct Timeline: Sendable, Hashable {
  public enum Part: String, Sendable, Hashable, CaseIterable {
    case multipliers, activationUnit, cellUpdater
  }

  public enum Work: Sendable, Hashable {
    /// Of one gate; of all, interleaved.
    case gate(Int)
    case allGates
    /// Products of inputs that run ahead of the step before.
    case ahead
    case cell
  }

  /// Something that a part does from a cycle on, until before another.
  public struct Span: Sendable, Hashable {
    public var part: Part
    public var work: Work
    public var start: Int
    public var end: Int
  }

  public let schedule: Schedule
  public internal(set) var spans: [Span] = []
  /// When the state of each step is complete.
  public internal(set) var stepEnds: [Int] = []
}

extension ArrayChip {
  /// Follows a product through the array.
  ///
  /// - Parameter setting: nil for the fastest.
  /// - Throws: ``ChipError`` where the product makes no sense.
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

/// Keeps what an array does, adjoining spans of the same work as one.
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
