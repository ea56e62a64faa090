public import Sparrow
import SparrowFiles
import SparrowSoundFiles

/// The density of activations of a denoiser, measured on a recording.
public enum DenoisingActivity {
  /// Denoises the channels of a recording, and counts.
  ///
  /// - Parameters:
  ///   - network: The network of `plan`.
  ///   - plan: The plan to run.
  ///   - frontEnd: The front end of the network.
  ///   - path: A sound file.
  ///   - seconds: The maximum duration, which is taken from the middle.
  /// - Returns: The fraction of non-zero inputs of each matrix, from 0 to 1, by the matrix's name.
  /// - Throws: `SoundFileError` or `ResamplingError`; `FileError` if the recording is shorter than
  ///   a frame.
  public static func measure(
    _ network: Network, plan: Plan, frontEnd: SpectralFrontEnd, sound path: String,
    seconds: Double = .infinity
  ) throws -> [String: Double] {
    let sound = try Sound(contentsOf: path).resampled(to: frontEnd.sampleRate)
    var count = OperationCount(plan)
    for channel in sound.channels {
      let denoiser = ChannelDenoiser(plan, frontEnd: frontEnd)
      var output: [Float] = []
      let most = Int(min(Double(channel.count), seconds * Double(frontEnd.sampleRate)))
      guard most >= frontEnd.hop else {
        throw FileError(path: path, reason: "the recording is shorter than a frame")
      }
      let start = (channel.count - most) / 2
      denoiser.process(channel[start..<start + most], into: &output)
      count += denoiser.count
    }
    let matrices = FrameCost(count, of: network).matrices
    return Dictionary(matrices.map { ($0.name, $0.activationDensity) }) { first, _ in first }
  }
}
