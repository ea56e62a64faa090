/// The sizes of a front end of mel bands, and how its tables lie in memory: one after the other,
/// all of them 32-bit integers.
public struct LogMelShape: Sendable, Hashable {
  /// Samples in a frame: a power of two from 8 to 1024.
  public let window: Int
  /// Samples from one frame to the next: at most a window.
  public let hop: Int
  /// The number of mel bands.
  public let bands: Int
  /// Weights of all bands together.
  public let weights: Int

  /// - Returns: nil for sizes that there cannot be.
  public init?(window: Int, hop: Int, bands: Int, weights: Int) {
    guard window >= 8, window <= 1024, window & (window - 1) == 0, hop > 0, hop <= window,
      bands > 0, bands <= 256, weights > 0, weights <= bands * (window / 2 + 1)
    else { return nil }
    self.window = window
    self.hop = hop
    self.bands = bands
    self.weights = weights
  }

  /// Bins of a spectrum.
  public var bins: Int { window / 2 + 1 }

  /// 2^24 times the periodic Hann window: a value a sample.
  public var hann: Range<Int> { 0..<window }
  /// 2^30 times the cosine of -2πk/window, and then the sine: a value a bin.
  public var cosines: Range<Int> { hann.upperBound..<hann.upperBound + bins }
  /// The place of the sines in the table.
  public var sines: Range<Int> { cosines.upperBound..<cosines.upperBound + bins }
  /// The numbers below window/2 with their bits reversed.
  public var reversed: Range<Int> { sines.upperBound..<sines.upperBound + window / 2 }
  /// 2^15 log2(1 + i/64) for i from 0 to 64.
  public var logarithms: Range<Int> { reversed.upperBound..<reversed.upperBound + 65 }
  /// The first bin of each band.
  public var firstBins: Range<Int> { logarithms.upperBound..<logarithms.upperBound + bands }
  /// Where each band's weights begin among all, and where the last one's end.
  public var starts: Range<Int> { firstBins.upperBound..<firstBins.upperBound + bands + 1 }
  /// The bands' weights for the bins from their first on, 2^12 being one.
  public var weightValues: Range<Int> { starts.upperBound..<starts.upperBound + weights }

  /// Values of all tables.
  public var tableCount: Int { weightValues.upperBound }
  /// Values that a frame is computed in: the windowed samples and their transform.
  public var workCount: Int { 2 * window }
}
