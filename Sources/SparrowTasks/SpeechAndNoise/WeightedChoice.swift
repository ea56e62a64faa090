import SparrowTraining

/// Draws indices with given probabilities.
struct WeightedChoice: Sendable {
  /// Sums of the first weights, divided by the sum of all.
  private let cumulative: [Double]

  /// - Parameter weights: at least one; positive; their sum need not be 1.
  init(weights: [Double]) {
    precondition(!weights.isEmpty && weights.allSatisfy { $0 > 0 })
    let total = weights.reduce(0, +)
    var sum = 0.0
    cumulative = weights.map {
      sum += $0
      return sum / total
    }
  }

  func draw(_ random: inout RandomNumbers) -> Int {
    let value = random.uniform()
    var low = 0
    var high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
