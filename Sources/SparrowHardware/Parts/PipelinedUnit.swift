/// A unit that takes so many values a cycle, in the order in which they come, and gives each of
/// them a fixed number of cycles later: an activation unit, a cell updater.
///
/// It takes values of different groups in the same cycle, so time is counted in places for values:
/// `width` to a cycle.
struct PipelinedUnit: Sendable {
  let width: Int
  let latency: Int
  /// The first place that is free.
  private var free = 0
  /// Values that were taken.
  private(set) var taken = 0

  init(width: Int, latency: Int) {
    self.width = width
    self.latency = latency
  }

  /// Takes values that are ready from a cycle on.
  ///
  /// - Returns: the cycle in which the first one entered, and that in which the last one is to be
  ///   had.
  mutating func take(_ count: Int, from cycle: Int) -> (start: Int, end: Int) {
    guard count > 0 else { return (cycle, cycle) }
    let first = max(cycle * width, free)
    free = first + count
    taken += count
    return (first / width, (free - 1) / width + latency)
  }
}
