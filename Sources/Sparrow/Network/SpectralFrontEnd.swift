/// How a signal becomes frames for a network, and how the network's answer becomes a signal: features
/// of a short-time spectrum go in, and a mask for each bin comes out.
public struct SpectralFrontEnd: Sendable, Hashable, Codable {
  /// Samples a second.
  public var sampleRate: Int
  /// Samples in a frame: a power of two from 128 to 16384. The window is the square root of Hann's,
  /// for analysis and for synthesis.
  public var window: Int
  /// Samples from one frame to the next: a power of two, half of the window at most.
  public var hop: Int
  /// A bin's compressed magnitude is c = (|X|² + floor)^(exponent/2), X being the spectrum of samples
  /// between -1 and 1 under the window.
  public var exponent: Float
  public var floor: Float
  /// What the network sees of a frame, one after the other, each a value a bin.
  public var features: [Feature]
  /// The mask is `maskGain` × sigmoid of what the network gives.
  public var maskGain: Float

  /// A value for each bin.
  public struct Feature: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable {
      /// The compressed magnitude c itself.
      case magnitude
      /// c / (r + offset), r following the same bin's c: independent of level and channel.
      case relativeToBin
      /// c / (r + offset), r following the mean of c over all bins: independent of level.
      case relativeToLevel
    }

    public var kind: Kind
    /// Time constants in seconds with which r follows what is above it, and what is below it. Equal
    /// ones make r a running mean; a slow rise and a fast fall make it follow the noise floor.
    public var rise: Float
    public var fall: Float
    /// Keeps silence from being divided by nothing.
    public var offset: Float

    public init(_ kind: Kind, rise: Float = 0, fall: Float = 0, offset: Float = 0) {
      self.kind = kind
      self.rise = rise
      self.fall = fall
      self.offset = offset
    }

    public static let magnitude = Feature(.magnitude)
  }

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

  /// Seconds from a sound's entering to its leaving, the filling of a hop included.
  public var latency: Double { Double(window) / Double(sampleRate) }

  /// Values of a frame that the network takes.
  public var inputWidth: Int { bins * features.count }

  func validate(inputWidth: Int, outputWidth: Int) throws(NetworkError) {
    func require(_ condition: Bool, _ reason: String) throws(NetworkError) {
      guard condition else { throw .invalid("front end: \(reason)") }
    }
    func isPowerOfTwo(_ count: Int) -> Bool { count > 0 && count & (count - 1) == 0 }
    func isPositive(_ value: Float) -> Bool { value > 0 && value.isFinite }
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
    try require(isPositive(floor), "the floor is \(floor); expected a positive number")
    try require(isPositive(maskGain), "the mask's gain is \(maskGain); expected a positive number")
    try require(
      (1...8).contains(features.count), "\(features.count) features; expected 1 to 8")
    for feature in features where feature.kind != .magnitude {
      try require(
        isPositive(feature.rise) && isPositive(feature.fall) && isPositive(feature.offset),
        "a relative feature needs positive time constants and a positive offset")
    }
    try require(
      inputWidth == self.inputWidth && outputWidth == bins,
      "\(features.count) features of \(bins) bins need a network that takes \(self.inputWidth) "
        + "values and gives \(bins), not one that takes \(inputWidth) and gives \(outputWidth)")
  }
}
