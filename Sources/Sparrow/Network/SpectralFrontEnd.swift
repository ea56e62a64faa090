/// How a signal becomes frames for a network, and how the network's answer becomes a signal: a
/// short-time spectrum whose compressed magnitudes go in, and a mask for each bin that comes out.
public struct SpectralFrontEnd: Sendable, Hashable, Codable {
  /// Samples a second.
  public var sampleRate: Int
  /// Samples in a frame: a power of two from 128 to 16384. The window is the square root of Hann's,
  /// for analysis and for synthesis.
  public var window: Int
  /// Samples from one frame to the next: a power-of-two part of the window, half of it at most.
  public var hop: Int
  /// A bin goes in as (|X|² + floor)^(exponent/2), X being that of samples between -1 and 1 and of a
  /// window that is scaled to a sum of squares of one.
  public var exponent: Float
  public var floor: Float
  /// What a bin is divided by: its own running mean.
  public var runningMean: RunningMean?
  /// The range of the mask: `gain` × sigmoid of what the network gives.
  public var maskGain: Float

  /// Exponential running mean of each bin, which makes the input nearly independent of level and
  /// channel: c becomes c / (mean + offset) - 1.
  public struct RunningMean: Sendable, Hashable, Codable {
    /// Time constant in seconds.
    public var seconds: Float
    public var offset: Float

    public init(seconds: Float, offset: Float) {
      self.seconds = seconds
      self.offset = offset
    }
  }

  public init(
    sampleRate: Int = 16_000, window: Int = 512, hop: Int = 128, exponent: Float = 0.3,
    floor: Float = 1e-9, runningMean: RunningMean? = nil, maskGain: Float = 1
  ) {
    self.sampleRate = sampleRate
    self.window = window
    self.hop = hop
    self.exponent = exponent
    self.floor = floor
    self.runningMean = runningMean
    self.maskGain = maskGain
  }

  /// Bins of a frame: window/2 + 1.
  public var bins: Int { window / 2 + 1 }

  func validate(inputWidth: Int, outputWidth: Int) throws(NetworkError) {
    func require(_ condition: Bool, _ reason: String) throws(NetworkError) {
      guard condition else { throw .invalid("front end: \(reason)") }
    }
    try require(
      (1000...384_000).contains(sampleRate),
      "the sample rate is \(sampleRate); expected 1000 to 384000")
    try require(
      (128...16_384).contains(window) && window & (window - 1) == 0,
      "the window is \(window); expected a power of two from 128 to 16384")
    try require(
      hop > 0 && hop <= window / 2 && hop & (hop - 1) == 0,
      "the hop is \(hop); expected a power of two, half of the window of \(window) at most")
    try require(
      exponent > 0 && exponent <= 2, "the exponent is \(exponent); expected more than 0, at most 2")
    try require(
      floor > 0 && floor.isFinite, "the floor is \(floor); expected a positive number")
    try require(
      maskGain > 0 && maskGain.isFinite, "the gain is \(maskGain); expected a positive number")
    if let mean = runningMean {
      try require(
        mean.seconds > 0 && mean.seconds.isFinite && mean.offset > 0 && mean.offset.isFinite,
        "the running mean's time constant and offset have to be positive numbers")
    }
    try require(
      inputWidth == bins && outputWidth == bins,
      "a window of \(window) has \(bins) bins, but the network takes \(inputWidth) values and "
        + "gives \(outputWidth)")
  }
}
