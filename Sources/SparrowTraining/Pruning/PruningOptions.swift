import Sparrow

/// Gradual magnitude pruning with a straight-through estimator (Lee et al. 2023, "magnitude STE").
/// Passes use weights whose smallest ones are set to zero, chosen again at every step, while the
/// optimiser updates all weights, so that a weight that grows comes back.
public struct PruningOptions: Sendable, Codable, Equatable {
  /// The final sparsity: the fraction of zeros in the pruned matrices, from 0 to less than 1.
  public var sparsity: Double
  /// The distribution of zeros over matrices.
  public var distribution: Distribution
  /// The allowed pattern of zeros.
  public var pattern: Pattern
  /// Whether a complex weight is pruned as a whole, by its absolute value, or its parts one by one.
  public var prunesComplexJointly: Bool
  /// The beginning of pruning as a fraction of the run's steps. Between ``begin`` and ``end`` the
  /// sparsity rises as S (1 - (1 - p)³) (Zhu and Gupta 2017). If they are equal, weights are pruned
  /// at once, and the rest of the run is fine-tuning.
  public var begin: Double
  /// The end of pruning as a fraction of the run's steps, at least ``begin``.
  public var end: Double
  /// Parts of names of matrices that stay dense.
  public var excluded: [String]
  /// Whether weights that are zero are trained on, so that they may come back and others become
  /// zero in their place, by magnitude, at every step. Otherwise what is zero stays zero: for
  /// fine-tuning at small learning rates.
  public var regrows: Bool

  /// The distribution of zeros over matrices.
  public enum Distribution: String, Sendable, Codable {
    /// The same sparsity in every matrix.
    case uniform
    /// Erdős–Rényi-kernel (Evci et al. 2020): the density of a matrix is proportional to the sum of
    /// its sizes divided by their product, so that small and elongated matrices are denser.
    case erk
    /// The smallest weights of all matrices together.
    case global
  }

  /// The allowed patterns of zeros.
  public enum Pattern: String, Sendable, Codable {
    /// Any zeros.
    case unstructured
    /// The same number of non-zeros in all rows of a tile of 64 rows by 32 columns, so that the
    /// lookup format needs no padding. The number differs between tiles.
    case balanced
    /// Zero blocks of 16 rows by 4 columns.
    case block
  }

  /// Pruning options; the defaults prune 90 % of the weights unstructured, by ERK.
  public init(
    sparsity: Double = 0.9, distribution: Distribution = .erk, pattern: Pattern = .unstructured,
    prunesComplexJointly: Bool = false, begin: Double = 0.05, end: Double = 0.9,
    excluded: [String] = [], regrows: Bool = true
  ) {
    self.sparsity = sparsity
    self.distribution = distribution
    self.pattern = pattern
    self.prunesComplexJointly = prunesComplexJointly
    self.begin = begin
    self.end = end
    self.excluded = excluded
    self.regrows = regrows
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    sparsity = try values.decode(Double.self, forKey: .sparsity)
    distribution = try values.decode(Distribution.self, forKey: .distribution)
    pattern = try values.decode(Pattern.self, forKey: .pattern)
    prunesComplexJointly = try values.decode(Bool.self, forKey: .prunesComplexJointly)
    begin = try values.decode(Double.self, forKey: .begin)
    end = try values.decode(Double.self, forKey: .end)
    excluded = try values.decode([String].self, forKey: .excluded)
    regrows = try values.decodeIfPresent(Bool.self, forKey: .regrows) ?? true
  }

  package func validate() throws(TrainingError) {
    guard sparsity >= 0, sparsity < 1 else {
      throw .recipe("pruning: the sparsity is \(sparsity); expected 0 to less than 1")
    }
    guard begin >= 0, begin <= end, end <= 1 else {
      throw .recipe("pruning: begin is \(begin) and end is \(end); expected 0 ≤ begin ≤ end ≤ 1")
    }
    guard distribution != .global || pattern == .unstructured else {
      throw .recipe("pruning: the global distribution requires the unstructured pattern")
    }
    guard !prunesComplexJointly || pattern == .unstructured else {
      throw .recipe("pruning: prunesComplexJointly requires the unstructured pattern")
    }
  }

  /// The sparsity at a step as a fraction of the final one.
  func progress(step: Int, of steps: Int) -> Double {
    let first = begin * Double(steps)
    let last = end * Double(steps)
    guard Double(step) >= first else { return 0 }
    guard Double(step) < last else { return 1 }
    let p = (Double(step + 1) - first) / (last - first)
    let left = 1 - min(p, 1)
    return 1 - left * left * left
  }
}
