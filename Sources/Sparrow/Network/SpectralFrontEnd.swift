/// How a signal becomes frames for a network, and how the network's answer becomes a signal:
/// features of a short-time spectrum go in, and a mask for each bin comes out.
public struct SpectralFrontEnd: Sendable, Hashable, Codable {
  /// The sample rate in hertz.
  public var sampleRate: Int
  /// Samples in a frame: a power of two from 128 to 16384. The window is the square root of Hann's,
  /// for analysis and for synthesis.
  public var window: Int
  /// Samples from one frame to the next: a power of two, half of the window at most.
  public var hop: Int
  /// A bin's compressed magnitude is c = (|X|² + floor)^(exponent/2), X being the spectrum of
  /// samples between -1 and 1 under the window.
  public var exponent: Float
  /// The floor of the compressed magnitude; see ``exponent``.
  public var floor: Float
  /// The features of a frame, in order, each with one value per bin.
  public var features: [Feature]
  /// The maximum of the mask, which is `maskGain` × sigmoid of the network's output.
  public var maskGain: Float

  /// A feature: one value per bin.
  public struct Feature: Sendable, Hashable, Codable {
    /// The normalisation of a feature.
    public enum Kind: String, Sendable, Codable {
      /// The compressed magnitude c itself.
      case magnitude
      /// c / (r + offset), r following the same bin's c: independent of level and channel.
      case relativeToBin
      /// c / (r + offset), r following the mean of c over all bins: independent of level.
      case relativeToLevel
    }

    /// The normalisation.
    public var kind: Kind
    /// The time constant of r for rising c, in seconds. With equal time constants r is a running
    /// mean; with a slow rise and a fast fall it follows the noise floor.
    public var rise: Float
    /// The time constant of r for falling c, in seconds.
    public var fall: Float
    /// Avoids division by zero in silence.
    public var offset: Float

    /// A feature.
    public init(_ kind: Kind, rise: Float = 0, fall: Float = 0, offset: Float = 0) {
      self.kind = kind
      self.rise = rise
      self.fall = fall
      self.offset = offset
    }

    /// The compressed magnitude.
    public static let magnitude = Feature(.magnitude)
  }

  /// A front end.
  public init(
    sampleRate: Int = 16_000, window: Int = 512, hop: Int = 128, exponent: Float = 0.3,
    floor: Float = 1e-10, features: [Feature] = [.magnitude], maskGain: Float = 1
  ) {
    self.sampleRate = sampleRate
    self.window = window
    self.hop = hop
    self.exponent = exponent
    self.floor = floor
    self.features = features
    self.maskGain = maskGain
  }

  /// Bins of a frame: window/2 + 1.
  public var bins: Int { window / 2 + 1 }

  /// The algorithmic latency in seconds, the filling of a hop included.
  public var latency: Double { Double(window) / Double(sampleRate) }

  /// The values of an input frame of the network.
  public var inputWidth: Int { bins * features.count }

  func validate(inputWidth: Int, outputWidth: Int) throws(NetworkError) {
    func require(_ condition: Bool, _ reason: String) throws(NetworkError) {
      guard condition else { throw .invalid("front end: \(reason)") }
    }
    func isPowerOfTwo(_ count: Int) -> Bool { count > 0 && count & (count - 1) == 0 }
    try require(
      (1000...384_000).contains(sampleRate),
      "the sample rate is \(sampleRate); expected 1000 to 384000")
    try require(
      (128...16_384).contains(window) && isPowerOfTwo(window),
      "the window is \(window); expected a power of two from 128 to 16384")
    try require(
      isPowerOfTwo(hop) && hop >= 16 && hop <= window / 2,
      "the hop is \(hop); expected a power of two from 16 to half of the window, \(window / 2)")
    try require(
      exponent > 0 && exponent <= 2, "the exponent is \(exponent); expected more than 0, at most 2")
    try require(
      (1e-30...1e6).contains(floor), "the floor is \(floor); expected a number from 1e-30 to 1e6")
    try require(
      (1e-3...1e3).contains(maskGain),
      "the mask's gain is \(maskGain); expected a number from 0.001 to 1000")
    try require(
      (1...8).contains(features.count), "\(features.count) features; expected 1 to 8")
    for feature in features where feature.kind != .magnitude {
      try require(
        (1e-3...1e4).contains(feature.rise) && (1e-3...1e4).contains(feature.fall)
          && (1e-30...1e6).contains(feature.offset),
        "a relative feature has the time constants \(feature.rise) and \(feature.fall) s and the offset "
          + "\(feature.offset); expected 0.001 to 10000 s and 1e-30 to 1e6")
    }
    try require(
      inputWidth == self.inputWidth && outputWidth == bins,
      "\(features.count) features of \(bins) bins need a network that takes \(self.inputWidth) "
        + "values and gives \(bins), not one that takes \(inputWidth) and gives \(outputWidth)")
  }
}
