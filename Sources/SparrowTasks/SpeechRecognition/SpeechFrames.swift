import Sparrow
import SparrowAudio

/// The input frames of a network that recognises speech.
enum SpeechFrames {
  /// The steps of the network for a sound, silence after its end included.
  static func count(samples: Int, frontEnd: SpeechFrontEnd) -> Int {
    (samples + frontEnd.stepSamples - 1) / frontEnd.stepSamples + frontEnd.flushSteps
  }

  /// The log-mel frames of a signal, frames × bands, with the silence after its end.
  static func features(_ samples: [Float], frontEnd: SpeechFrontEnd) -> [Float] {
    let frames = count(samples: samples.count, frontEnd: frontEnd) * frontEnd.stacking
    let (hop, bands) = (frontEnd.hop, frontEnd.bands)
    let padded =
      samples + [Float](repeating: 0, count: max(0, frames * hop - samples.count))
    var spectrum = LogMelSpectrum(frontEnd.mel)
    var features = [Float](repeating: 0, count: frames * bands)
    features.withUnsafeMutableBufferPointer { features in
      for frame in 0..<frames {
        let part = UnsafeMutableBufferPointer(
          rebasing: features[frame * bands..<(frame + 1) * bands])
        var row = part.mutableSpan
        spectrum.push(padded.span.extracting(frame * hop..<(frame + 1) * hop), into: &row)
      }
    }
    return features
  }
}
