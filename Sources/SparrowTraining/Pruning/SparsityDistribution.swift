/// The number of non-zero weights of each matrix.
enum SparsityDistribution {
  /// - Parameters:
  ///   - counts: The number of weights of each matrix.
  ///   - shapes: The sizes of each matrix.
  ///   - sparsity: The fraction of zeros over all matrices.
  /// - Returns: The number of non-zero weights of each matrix; for the global distribution, their
  ///   sum is what counts.
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

  /// density = min(1, ε Σ sizes / Π sizes) (Evci et al. 2020), with ε such that the total is right.
  /// Matrices whose density would exceed one stay dense, and ε is computed again for the others.
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
