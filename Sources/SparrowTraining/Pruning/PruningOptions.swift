import Sparrow

/// How weights are made zero during training: magnitude pruning with a straight-through estimator. The
/// network runs with the smallest weights set to zero, anew at every step, while the optimiser goes on
/// moving all of them, so that a weight that grows comes back (Lee et al. 2023, as "magnitude STE").
public struct PruningOptions: Sendable, Codable, Equatable {
  /// Share of the pruned matrices' weights that are zero in the end.
  public var sparsity: Double
  public var distribution: Distribution
  public var pattern: Pattern
  /// Whether a complex weight goes as a whole, by its magnitude; otherwise its parts go one by one.
  public var prunesComplexJointly: Bool
  /// Shares of the run's steps at which zeros begin and at which all are there. Between them the
  /// sparsity rises as S (1 - (1 - p)³) (Zhu and Gupta 2017). Equal ones prune at once, and the rest of
  /// the run is fine-tuning.
  public var begin: Double
  public var end: Double
  /// Parts of parameters' names; a matrix whose name contains one of them stays dense.
  public var excluded: [String]

  /// How zeros are shared out between matrices.
  public enum Distribution: String, Sendable, Codable {
    /// As many in each, as a share.
    case uniform
    /// Erdős–Rényi-kernel: a matrix's density is proportional to the sum of its sizes over their
    /// product, so that small and elongated ones keep more (Evci et al. 2020).
    case erk
    /// The smallest weights of all matrices together.
    case global
  }

  /// Which zeros are allowed.
  public enum Pattern: String, Sendable, Codable {
    case unstructured
    /// The same number of non-zeros in every row of a tile of 64 rows by 32 columns, whichever number
    /// suits the tile: no row holds up the others where activations are looked up in registers.
    case balanced
    /// Blocks of 16 rows by 4 columns are zero as a whole.
    case block
  }

  public init(
    sparsity: Double = 0.9, distribution: Distribution = .erk, pattern: Pattern = .unstructured,
    prunesComplexJointly: Bool = false, begin: Double = 0.05, end: Double = 0.9,
    excluded: [String] = []
  ) {
    self.sparsity = sparsity
    self.distribution = distribution
    self.pattern = pattern
    self.prunesComplexJointly = prunesComplexJointly
    self.begin = begin
    self.end = end
    self.excluded = excluded
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
  }

  package func validate() throws(TrainingError) {
    guard sparsity >= 0, sparsity < 1 else {
      throw .recipe("pruning: the sparsity is \(sparsity); expected 0 to less than 1")
    }
    guard begin >= 0, begin <= end, end <= 1 else {
      throw .recipe("pruning: it begins at \(begin) and ends at \(end) of the run; expected 0 to 1")
    }
    guard distribution != .global || pattern == .unstructured else {
      throw .recipe("pruning: the global distribution leaves no room for a pattern")
    }
    guard !prunesComplexJointly || pattern == .unstructured else {
      throw .recipe("pruning: complex weights go jointly only where zeros have no pattern")
    }
  }

  /// The share of zeros at a step, as a share of the last one.
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
