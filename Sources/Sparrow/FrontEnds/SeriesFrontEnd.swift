/// How frames of numbers come in at a network that classifies them, and what its answer stands for:
/// the values of a skeleton, a sensor or anything else that is measured at a constant rate go in as
/// they are, and logits of the classes come out.
///
/// Means and scales of the values belong to the network: its first layer is a normalisation.
public struct SeriesFrontEnd: Sendable, Hashable, Codable {
  /// Frames per second.
  public var rate: Float
  /// The classes of the outputs.
  public var classes: [String]
  /// The duration over which probabilities are averaged, in seconds, the latest frame included.
  public var smoothing: Float
  /// The averaged probability at which a class counts as decided while frames come in, between 0
  /// and 1.
  public var threshold: Float

  /// A front end.
  public init(rate: Float, classes: [String], smoothing: Float = 1, threshold: Float = 0.9) {
    self.rate = rate
    self.classes = classes
    self.smoothing = smoothing
    self.threshold = threshold
  }

  private enum CodingKeys: String, CodingKey { case rate, classes, smoothing, threshold }

  /// Reads an object; without `classes` there are none yet.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    rate = try values.decode(Float.self, forKey: .rate)
    classes = try values.decodeIfPresent([String].self, forKey: .classes) ?? []
    smoothing = try values.decodeIfPresent(Float.self, forKey: .smoothing) ?? 1
    threshold = try values.decodeIfPresent(Float.self, forKey: .threshold) ?? 0.9
  }

  /// Frames over which probabilities are averaged; at least one.
  public var smoothingFrames: Int { max(1, Int((smoothing * rate).rounded())) }
}

extension SeriesFrontEnd: FrontEndRule {
  static let kind = "series"
  static let network = "a classifier of series"
  var frontEnd: FrontEnd { .series(self) }
  var framesPerSecond: Double? { Double(rate) }
  var names: OutputNames? { OutputNames(title: "classes", names: classes) }
  var withUsualDecision: Self { Self(rate: rate, classes: classes) }

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    let outputWidth = layers.outputWidth(for: inputWidth)
    try require(
      rate > 0 && rate <= 1_000_000, "the rate is \(rate); expected frames per second, over 0")
    try require(
      (2...Limits.width).contains(classes.count), "\(classes.count) classes; expected at least 2")
    try require(
      Set(classes).count == classes.count && !classes.contains { $0.isEmpty },
      "classes have names that differ")
    try require(
      smoothing >= 0 && smoothing * rate <= 1_000_000,
      "smoothing over \(smoothing) s; expected 0 to a million frames")
    try require(
      threshold > 0 && threshold < 1, "the threshold is \(threshold); expected between 0 and 1")
    try require(
      outputWidth == classes.count,
      "\(classes.count) classes need as many outputs, not \(outputWidth)")
  }
}

extension Network {
  /// The front end of a classifier of series; nil for other networks.
  public var seriesFrontEnd: SeriesFrontEnd? { frontEnd?.rule as? SeriesFrontEnd }
}
