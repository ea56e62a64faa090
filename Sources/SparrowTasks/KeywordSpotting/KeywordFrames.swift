public import Sparrow
import SparrowAudio
import SparrowSoundFiles

/// The input frames of a spotter's network.
public enum KeywordFrames {
  /// Writes the frames of a signal, one per whole hop, every `stride` values.
  static func write(
    _ samples: [Float], frontEnd: KeywordFrontEnd, to output: UnsafeMutablePointer<Float>,
    stride: Int
  ) {
    var spectrum = LogMelSpectrum(frontEnd)
    let hop = frontEnd.hop
    for frame in 0..<samples.count / hop {
      let output = UnsafeMutableBufferPointer(start: output + frame * stride, count: frontEnd.bands)
      var features = output.mutableSpan
      spectrum.push(samples.span.extracting(frame * hop..<(frame + 1) * hop), into: &features)
    }
  }

  /// The frames of a recording, mixed to one channel and resampled to the front end's rate.
  ///
  /// - Parameters:
  ///   - path: A sound file.
  ///   - frontEnd: The front end.
  ///   - seconds: The maximum duration, which is taken from the middle.
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
