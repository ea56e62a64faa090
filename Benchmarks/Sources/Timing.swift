/// Microseconds that calls take.
struct Timing {
  private(set) var microseconds: [Double] = []

  /// Calls `body` in rounds of `calls`, and notes the mean of each round.
  mutating func measure(rounds: Int, calls: Int, _ body: () -> Void) {
    for _ in 0..<rounds {
      measure(calls: calls) { calls in for _ in 0..<calls { body() } }
    }
  }

  /// One round of a body that makes the calls itself, so that what a call is made through is not
  /// timed.
  mutating func measure(calls: Int, _ body: (_ calls: Int) -> Void) {
    body(1)
    let start = ContinuousClock.now
    body(calls)
    let elapsed = (ContinuousClock.now - start).components
    let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    microseconds.append(seconds * 1e6 / Double(calls))
  }

  var median: Double { quantile(0.5) }

  func quantile(_ share: Double) -> Double {
    let sorted = microseconds.sorted()
    return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
  }
}

func formatted(_ value: Double, _ digits: Int = 2) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  return "\((value * scale).rounded() / scale)"
}
