public import Sparrow
import SparrowAudio
import SparrowFiles
import SparrowSoundFiles

/// The density of activations of a denoiser, measured on a recording.
public enum DenoisingActivity {
  /// Denoises the channels of a recording, and counts.
  ///
  /// - Parameters:
  ///   - network: The network of `plan`.
  ///   - plan: The plan to run.
  ///   - path: A sound file.
  ///   - seconds: The maximum duration, which is taken from the middle.
  /// - Returns: The fraction of non-zero inputs of each matrix, from 0 to 1, by the matrix's name.
  /// - Throws: `SoundFileError` or `ResamplingError`; `FileError` if the recording is shorter than
  ///   a frame; `FrontEndError` if the network is no denoiser.
  public static func measure(
    _ network: Network, plan: Plan, sound path: String, seconds: Double = .infinity
  ) throws -> [String: Double] {
    let transform = try ShortTimeTransform(of: plan)
    let (sampleRate, hop) = (transform.sampleRate, transform.hop)
    let sound = try Sound(contentsOf: path).resampled(to: sampleRate)
    var count = OperationCount(plan)
    for channel in sound.channels {
      let denoiser = try ChannelDenoiser(plan)
      var output: [Float] = []
      let most = Int(min(Double(channel.count), seconds * Double(sampleRate)))
      guard most >= hop else {
        throw FileError(path: path, reason: "the recording is shorter than a frame")
      }
      let start = (channel.count - most) / 2
      denoiser.process(Array(channel[start..<start + most]), into: &output)
      count += denoiser.count
    }
    let matrices = FrameCost(count, of: network).matrices
    return Dictionary(matrices.map { ($0.name, $0.activationDensity) }) { first, _ in first }
  }
}
