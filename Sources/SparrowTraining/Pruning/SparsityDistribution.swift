/// How many weights of each matrix stay.
enum SparsityDistribution {
  /// - Parameters:
  ///   - counts: weights of each matrix. shapes: its sizes.
  ///   - sparsity: the share of zeros in all of them together.
  /// - Returns: for uniform and ERK, the weights that stay, by matrix.
  static func kept(
    _ distribution: PruningOptions.Distribution, counts: [Int], shapes: [[Int]], sparsity: Double
  ) -> [Int] {
    switch distribution {
    case .uniform, .global:
      return counts.map { $0 - Int(sparsity * Double($0)) }
    case .erk:
      let densities = erkDensities(counts: counts, shapes: shapes, sparsity: sparsity)
      return zip(counts, densities).map { count, density in
        Int((density * Double(count)).rounded())
      }
    }
  }

  /// density = ε Σ sizes / Π sizes, at most one, with ε so that the weights that stay add up. A matrix
  /// whose density would be above one stays dense, and ε is found anew for the others.
  private static func erkDensities(
    counts: [Int], shapes: [[Int]], sparsity: Double
  ) -> [Double] {
    let raw = zip(counts, shapes).map { count, shape in
      Double(shape.reduce(0, +)) / Double(max(count, 1))
    }
    let total = counts.reduce(0) { $0 + $1 - Int(sparsity * Double($1)) }
    var isDense = counts.map { _ in false }
    while true {
      var room = Double(total)
      var weight = 0.0
      for i in counts.indices {
        if isDense[i] { room -= Double(counts[i]) } else { weight += raw[i] * Double(counts[i]) }
      }
      guard weight > 0 else { return counts.map { _ in 1 } }
      let epsilon = max(room, 0) / weight
      guard
        let over = counts.indices.filter({ !isDense[$0] && epsilon * raw[$0] > 1 })
          .max(by: { raw[$0] < raw[$1] })
      else { return counts.indices.map { isDense[$0] ? 1 : epsilon * raw[$0] } }
      isDense[over] = true
    }
  }
}
