public import SparrowTraining

/// Where training's mixtures come from.
public protocol MixtureSource: Sendable {
  /// A stream of noisy speech and of what it should become; decided by `random` alone.
  func stream(samples: Int, random: inout RandomNumbers) -> MixtureStream
}

/// Noisy speech, and what it should become.
public struct MixtureStream: Sendable {
  /// Speech and noise.
  public var noisy: [Float]
  /// Aligned with `noisy`, and as long.
  public var clean: [Float]
  /// Stretches that are judged each on its own, in order: a loud one would hide a quiet one. What
  /// lies between them is not judged.
  public var scenes: [Range<Int>]

  /// A stream; `clean` has as many samples as `noisy`.
  public init(noisy: [Float], clean: [Float], scenes: [Range<Int>]) {
    self.noisy = noisy
    self.clean = clean
    self.scenes = scenes
  }
}
