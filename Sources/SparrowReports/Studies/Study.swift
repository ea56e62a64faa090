import Sparrow
public import SparrowFiles

/// A comparison of networks of several families and sizes: their scores and costs.
public struct Study: Sendable, Encodable {
  /// The score that networks are compared by.
  public let measure: Measure
  /// The families, the reference first.
  public let families: [Family]
  /// Each point's costs beside those of another family at the same score.
  public let comparisons: [StudyComparison]
  /// The further costs that networks have, as time and energy.
  public let costs: [StudyCost]
  /// The version of Sparrow that made the study.
  public let sparrowVersion: String

  /// The score that networks are compared by.
  public struct Measure: Sendable, Encodable {
    /// Its key in the JSON of an evaluation.
    public var key: String
    /// Its name, as "SI-SNR improvement".
    public var title: String
    /// Its unit, as "dB"; empty for none.
    public var unit: String
    /// Whether less is better.
    public var isLowerBetter: Bool

    /// The name with the unit in brackets.
    var axisTitle: String { unit.isEmpty ? title : "\(title) (\(unit))" }
    /// The name with the unit, for headings of tables.
    var heading: String { unit.isEmpty ? title : "\(title), \(unit)" }
  }

  /// Networks that differ in size, cheapest first.
  public struct Family: Sendable, Encodable {
    /// The family's name, as "sparse".
    public var name: String
    /// One point per size, by rising effective MACs.
    public var points: [Point]
  }

  /// One size of a family: a network, or the mean over several that differ in their seed.
  public struct Point: Sendable, Encodable {
    /// The size, as "k = 0.5".
    public var label: String
    /// The mean score, in the measure's unit.
    public var score: Double
    /// The standard deviation of the score over seeds, with n - 1; nil for one network.
    public var scoreDeviation: Double?
    /// Further costs, by ``StudyCost/key``: means over the networks that have them.
    public var costs: [String: Double]
    /// Fraction of zeros among the weights of matrices, from 0 to 1.
    public var sparsity: Double
    /// Parameters, zeros included.
    public var parameters: Int
    /// Parameters that are not zero.
    public var nonZeroParameters: Double
    /// Multiply-accumulates per frame if no zero were skipped.
    public var denseMACsPerFrame: Int
    /// Multiply-accumulates per frame of non-zero weights.
    public var nonZeroWeightMACsPerFrame: Double
    /// Multiply-accumulates per frame of non-zero weights with non-zero activations.
    public var effectiveMACsPerFrame: Double
    /// Bytes of non-zero weights and of vectors, four each.
    public var modelBytes: Double
    /// Bytes of the packed plan.
    public var planBytes: Double
    /// The networks of this point.
    public var networks: [Sample]

    private enum CodingKeys: String, CodingKey {
      case label, score, scoreDeviation, costs, sparsity, parameters, nonZeroParameters
      case denseMACsPerFrame = "denseMacsPerFrame"
      case nonZeroWeightMACsPerFrame = "nonZeroWeightMacsPerFrame"
      case effectiveMACsPerFrame = "effectiveMacsPerFrame"
      case modelBytes, planBytes, networks
    }
  }

  /// One network of a point.
  public struct Sample: Sendable, Encodable {
    /// The model's path or embedded name.
    public var model: String
    /// The title in the model's information; nil if it has none.
    public var title: String?
    /// The score, in the measure's unit.
    public var score: Double
    /// Multiply-accumulates per frame of non-zero weights with non-zero activations.
    public var effectiveMACsPerFrame: Double
    /// Bytes of non-zero weights and of vectors, four each.
    public var modelBytes: Int
    /// Bytes of the packed plan.
    public var planBytes: Int
    /// Further costs, by ``StudyCost/key``.
    public var costs: [String: Double]

    private enum CodingKeys: String, CodingKey {
      case model, title, score
      case effectiveMACsPerFrame = "effectiveMacsPerFrame"
      case modelBytes, planBytes, costs
    }
  }

  /// Groups evaluations by family and size, and compares them.
  ///
  /// - Throws: `FileError` if there are no results, if one was scored by another measure or on
  ///   other data than the first, or if a file is given twice.
  public init(_ results: [StudyResult]) throws(FileError) {
    guard let first = results.first else {
      throw FileError(path: "report", reason: "there are no evaluations to report on")
    }
    try Self.check(results, like: first)
    measure = Measure(
      key: first.measure.key, title: first.measure.title, unit: first.measure.unit,
      isLowerBetter: first.measure.isLowerBetter)
    // The order does not depend on the caller's.
    let byFamily = Dictionary(grouping: results, by: \.network.family)
    families = byFamily.sorted { Self.precedes($0.key, $1.key) }
      .map { Family(name: $0.key, points: Self.points($0.value)) }
    comparisons = StudyComparison.all(families, sign: first.measure.sign)
    var known: [String: StudyCost] = [:]
    for cost in results.flatMap(\.costDescriptions) { known[cost.key] = cost }
    costs = known.values.sorted { $0.key < $1.key }
    sparrowVersion = Sparrow.sparrowVersion
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

  /// Networks of one size differ in their seed alone.
  private struct Size: Hashable {
    var label: String
    /// The point in a study's own words; its networks differ in their seed, whatever else differs.
    var point: String?
    var denseMACs: Int
    /// In percent, because the sparsity of two runs may differ by a rounding.
    var sparsity: Int
  }

  private static func points(_ results: [StudyResult]) -> [Point] {
    let bySize = Dictionary(grouping: results) { result in
      Size(
        label: result.network.label, point: result.point,
        denseMACs: result.point == nil ? result.cost.denseMACsPerFrame : 0,
        sparsity: result.point == nil ? Int((100 * result.size.sparsity).rounded()) : 0)
    }
    return bySize.map { size, results in
      // A label that several sizes share does not tell them apart.
      let isAmbiguous = bySize.keys.contains { $0.label == size.label && $0 != size }
      return point(
        results.sorted { ($0.network.model, $0.path) < ($1.network.model, $1.path) },
        label: isAmbiguous ? "\(size.label), \(size.sparsity) % zeros" : size.label)
    }.sorted {
      ($0.effectiveMACsPerFrame, $0.label) < ($1.effectiveMACsPerFrame, $1.label)
    }
  }

  private static func point(_ results: [StudyResult], label: String) -> Point {
    func mean(_ value: (StudyResult) -> Double) -> Double {
      results.reduce(0) { $0 + value($1) } / Double(results.count)
    }
    let score = mean(\.score)
    let squares = results.reduce(0) { $0 + ($1.score - score) * ($1.score - score) }
    var costs: [String: Double] = [:]
    for key in Set(results.flatMap(\.costs.keys)) {
      let values = results.compactMap { $0.costs[key] }
      costs[key] = values.reduce(0, +) / Double(values.count)
    }
    return Point(
      label: label, score: score,
      scoreDeviation: results.count > 1
        ? (squares / Double(results.count - 1)).squareRoot() : nil, costs: costs,
      sparsity: mean(\.size.sparsity),
      parameters: results[0].size.parameters,
      nonZeroParameters: mean { Double($0.size.nonZeroParameters) },
      denseMACsPerFrame: results[0].cost.denseMACsPerFrame,
      nonZeroWeightMACsPerFrame: mean { Double($0.cost.nonZeroWeightMACsPerFrame) },
      effectiveMACsPerFrame: mean(\.cost.effectiveMACsPerFrame),
      modelBytes: mean { Double($0.size.modelBytes) },
      planBytes: mean { Double($0.size.planBytes) },
      networks: results.map { result in
        Sample(
          model: result.network.model, title: result.network.title, score: result.score,
          effectiveMACsPerFrame: result.cost.effectiveMACsPerFrame,
          modelBytes: result.size.modelBytes, planBytes: result.size.planBytes,
          costs: result.costs)
      })
  }
}
