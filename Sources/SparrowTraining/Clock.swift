import SparrowFiles

/// Wall-clock time between laps.
struct Clock {
  private var last = ContinuousClock.now

  /// Seconds since the last lap.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    return (now - last).seconds
  }
}
