public import SparrowFiles

/// Networks of several families and sizes side by side: what they reach, and what that costs.
public struct Study: Sendable, Encodable {
  public let measure: Measure
  public let families: [Family]
  public let comparisons: [StudyComparison]

  public struct Measure: Sendable, Encodable {
    public var key: String
    public var title: String
    public var unit: String
  }

  /// Networks that are told apart by their size, cheapest first.
  public struct Family: Sendable, Encodable {
    public var name: String
    public var points: [Point]
  }

  /// A size of a family: one network, or the mean over several that differ in their seed.
  public struct Point: Sendable, Encodable {
    public var label: String
    public var score: Double
    public var sparsity: Double
    public var parameters: Int
    public var nonZeroParameters: Double
    public var denseMacsPerFrame: Int
    public var nonZeroWeightMacsPerFrame: Double
    public var effectiveMacsPerFrame: Double
    public var modelBytes: Double
    public var planBytes: Double
    public var networks: [Sample]
  }

  public struct Sample: Sendable, Encodable {
    public var model: String
    public var title: String?
    public var score: Double
    public var effectiveMacsPerFrame: Double
    public var modelBytes: Int
    public var planBytes: Int
  }

  /// - Throws: `FileError` where there are no results, one was scored by another measure or on other data
  ///   than the first, or one file comes twice.
  public init(_ results: [StudyResult]) throws(FileError) {
    guard let first = results.first else {
      throw FileError(path: "report", reason: "there are no evaluations to report on")
    }
    try Self.check(results, like: first)
    measure = Measure(
      key: first.measure.key, title: first.measure.title, unit: first.measure.unit)
    // The order does not depend on the caller's.
    let byFamily = Dictionary(grouping: results, by: \.network.family)
    families = byFamily.sorted { Self.precedes($0.key, $1.key) }
      .map { Family(name: $0.key, points: Self.points($0.value)) }
    comparisons = StudyComparison.all(families)
  }

  /// The family that the others are compared with comes first.
  private static func precedes(_ a: String, _ b: String) -> Bool {
    (a == "dense" ? 0 : 1, a) < (b == "dense" ? 0 : 1, b)
  }

  private static func check(
    _ results: [StudyResult], like first: StudyResult
  ) throws(FileError) {
    var paths: Set<String> = []
    for result in results {
      guard result.measure == first.measure else {
        throw FileError(
          path: result.path,
          reason: "it has the score \(result.measure.key), and \(first.path) has "
            + first.measure.key)
      }
      for key in first.measure.conditions {
        let (value, expected) = (result.conditions[key], first.conditions[key])
        if value == nil, expected == nil, first.measure.optionalConditions.contains(key) {
          continue
        }
        // Another machine may round otherwise.
        if let value, let expected, abs(value - expected) <= 1e-6 * max(abs(expected), 1) {
          continue
        }
        func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "missing" }
        throw FileError(
          path: result.path,
          reason: "it was evaluated on other data than \(first.path): \(key) is \(text(value)); "
            + "expected \(text(expected))")
      }
      guard paths.insert(result.path).inserted else {
        throw FileError(path: result.path, reason: "the evaluation is given twice")
      }
    }
  }

  /// What seeds have in common.
  private struct Size: Hashable {
    var label: String
    var denseMacs: Int
    /// In percent: the share of zeros of two runs may differ by a rounding.
    var sparsity: Int
  }

  private static func points(_ results: [StudyResult]) -> [Point] {
    let bySize = Dictionary(grouping: results) { result in
      Size(
        label: result.network.label, denseMacs: result.cost.denseMacsPerFrame,
        sparsity: Int((100 * result.size.sparsity).rounded()))
    }
    return bySize.map { size, results in
      // A label that several sizes share does not tell them apart.
      let isAmbiguous = bySize.keys.contains { $0.label == size.label && $0 != size }
      return point(
        results.sorted { ($0.network.model, $0.path) < ($1.network.model, $1.path) },
        label: isAmbiguous ? "\(size.label), \(size.sparsity) % zeros" : size.label)
    }.sorted {
      ($0.effectiveMacsPerFrame, $0.label) < ($1.effectiveMacsPerFrame, $1.label)
    }
  }

  private static func point(_ results: [StudyResult], label: String) -> Point {
    func mean(_ value: (StudyResult) -> Double) -> Double {
      results.reduce(0) { $0 + value($1) } / Double(results.count)
    }
    return Point(
      label: label, score: mean(\.score), sparsity: mean(\.size.sparsity),
      parameters: results[0].size.parameters,
      nonZeroParameters: mean { Double($0.size.nonZeroParameters) },
      denseMacsPerFrame: results[0].cost.denseMacsPerFrame,
      nonZeroWeightMacsPerFrame: mean { Double($0.cost.nonZeroWeightMacsPerFrame) },
      effectiveMacsPerFrame: mean(\.cost.effectiveMacsPerFrame),
      modelBytes: mean { Double($0.size.modelBytes) },
      planBytes: mean { Double($0.size.planBytes) },
      networks: results.map { result in
        Sample(
          model: result.network.model, title: result.network.title, score: result.score,
          effectiveMacsPerFrame: result.cost.effectiveMacsPerFrame,
          modelBytes: result.size.modelBytes, planBytes: result.size.planBytes)
      })
  }
}
