public import Sparrow
import SparrowSoundFiles

/// How much of what enters each matrix is not zero while a denoiser runs.
public enum DenoisingActivity {
  /// Denoises a recording, all its channels one after the other.
  ///
  /// - Returns: the share of non-zero inputs, 0 to 1, by the matrix's name.
  /// - Throws: `SoundFileError` or `ResamplingError`.
  public static func measure(
    _ network: Network, plan: Plan, frontEnd: SpectralFrontEnd, sound path: String
  ) throws -> [String: Double] {
    let sound = try Sound(contentsOf: path).resampled(to: frontEnd.sampleRate)
    var count = OperationCount(plan)
    for channel in sound.channels {
      let denoiser = ChannelDenoiser(plan, frontEnd: frontEnd)
      var output: [Float] = []
      denoiser.process(channel, into: &output)
      count += denoiser.count
    }
    let matrices = FrameCost(count, of: network).matrices
    return Dictionary(matrices.map { ($0.name, $0.activationDensity) }) { first, _ in first }
  }
}
