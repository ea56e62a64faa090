public import Sparrow
import SparrowAudio
import SparrowSoundFiles

/// The input frames of a denoiser's network.
public enum DenoisingFrames {
  /// The frames of a recording's first channel, resampled to the front end's rate.
  ///
  /// - Parameters:
  ///   - path: A sound file.
  ///   - frontEnd: The front end.
  ///   - seconds: The maximum duration, which is taken from the middle.
  /// - Returns: Frames in order; none if the recording is shorter than a hop.
  /// - Throws: `SoundFileError` or `ResamplingError`.
  public static func frames(
    of path: String, _ frontEnd: SpectralFrontEnd, seconds: Double = .infinity
  ) throws -> [Float] {
    let sound = try Sound(contentsOf: path).resampled(to: frontEnd.sampleRate)
    guard let channel = sound.channels.first else { return [] }
    let most = min(Double(channel.count), seconds * Double(frontEnd.sampleRate))
    let hops = Int(most) / frontEnd.hop
    let start = (channel.count - hops * frontEnd.hop) / 2
    let transform = ShortTimeTransform(frontEnd)
    var analysis = ShortTimeAnalysis(transform)
    var features = SpectralFeatures(transform)
    var re = [Float](repeating: 0, count: transform.stride)
    var im = re
    var work = [Float](repeating: 0, count: transform.workCount)
    var frames = [Float](repeating: 0, count: hops * frontEnd.inputWidth)
    frames.withUnsafeMutableBufferPointer { frames in
      channel.withUnsafeBufferPointer { samples in
        for hop in 0..<hops {
          analysis.push(
            samples.baseAddress! + start + hop * frontEnd.hop, re: &re, im: &im, work: &work)
          features.push(
            re: re, im: im, frames.baseAddress! + hop * frontEnd.inputWidth, work: &work)
        }
      }
    }
    return frames
  }
}
