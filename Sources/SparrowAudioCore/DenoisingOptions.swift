import SparrowCore

/// How far a ``Denoiser`` goes.
public struct DenoisingOptions: Sendable, Hashable {
  /// The maximum attenuation in dB of any part of the sound, 0 or more; nil for no limit.
  public var attenuationLimit: Float?
  /// The fraction of the denoised sound in the output, from 0 to 1; the rest is the input, delayed
  /// by the same latency.
  public var mix: Float

  /// Options; without arguments those of full denoising.
  public init(attenuationLimit: Float? = nil, mix: Float = 1) {
    self.attenuationLimit = attenuationLimit
    self.mix = mix
  }

  /// The least that a mask may be: 10^(-limit/20).
  func smallestMask(_ kernels: Kernels) -> Float {
    guard let attenuationLimit else { return 0 }
    // -ln(10) / 20 a decibel.
    var mask = attenuationLimit * -0.115_129_255
    kernels.portableExp(1, &mask)
    return mask
  }
}
