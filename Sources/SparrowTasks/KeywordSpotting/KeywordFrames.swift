public import Sparrow
import SparrowAudio
import SparrowSoundFiles

/// Sound as a spotter's network sees it.
public enum KeywordFrames {
  /// Writes the frames of a signal, as many as it has whole hops, one every `stride` values.
  static func write(
    _ samples: [Float], frontEnd: KeywordFrontEnd, to output: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    var spectrum = LogMelSpectrum(frontEnd)
    let hop = frontEnd.hop
    var integers = [Int16](repeating: 0, count: hop)
    var features = [Int16](repeating: 0, count: frontEnd.bands)
    let scale = 1 / Float(1 << LogMelSpectrum.exponent)
    for frame in 0..<samples.count / hop {
      for i in 0..<hop { integers[i] = LogMelSpectrum.quantize(samples[frame * hop + i]) }
      var span = features.mutableSpan
      spectrum.push(integers.span, into: &span)
      for band in 0..<frontEnd.bands {
        output[frame * stride + band] = Float(features[band]) * scale
      }
    }
  }

  /// The frames of a recording, its channels mixed, at the front end's rate.
  ///
  /// - Parameter seconds: the longest piece that is taken, from the middle.
  /// - Throws: `SoundFileError` or `ResamplingError`.
  public static func frames(
    of path: String, _ frontEnd: KeywordFrontEnd, seconds: Double = .infinity
  ) throws -> [Float] {
    let sound = try Sound(contentsOf: path).mono().resampled(to: frontEnd.sampleRate)
    let channel = sound.channels[0]
    let most = min(Double(channel.count), seconds * Double(frontEnd.sampleRate))
    let hops = Int(most) / frontEnd.hop
    let start = (channel.count - hops * frontEnd.hop) / 2
    var frames = [Float](repeating: 0, count: hops * frontEnd.bands)
    frames.withUnsafeMutableBufferPointer { frames in
      guard let base = frames.baseAddress else { return }
      write(
        Array(channel[start..<start + hops * frontEnd.hop]), frontEnd: frontEnd, to: base,
        stride: frontEnd.bands)
    }
    return frames
  }
}
