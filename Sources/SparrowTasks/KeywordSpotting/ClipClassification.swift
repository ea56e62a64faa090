import Sparrow
import SparrowAudio

/// The output of a spotter for a recording of one word.
struct ClipClassification {
  /// The word with the highest smoothed probability at any time, and that probability.
  var word: Int
  var confidence: Float
  /// The first word that the spotter's decision detects; nil if none.
  var heard: Int?
  var count: OperationCount

  /// Silence around a recording, in seconds, because a word may be cut off at its ends.
  static let silenceBefore = 0.2
  static let silenceAfter = 0.5

  /// - Parameter signal: Samples at the front end's rate, padding included.
  /// - Throws: `FrontEndError` for a plan of a network that spots no keywords.
  init(_ signal: [Float], plan: Plan) throws {
    var spotter = try Spotter(plan)
    count = OperationCount(plan)
    word = 0
    confidence = 0
    let hop = spotter.hop
    for start in stride(from: 0, to: signal.count - hop + 1, by: hop) {
      spotter.analyze(signal.span.extracting(start..<start + hop))
      spotter.step(counting: &count)
      if let detection = spotter.decide(), heard == nil { heard = detection.word }
      for (place, probability) in spotter.probabilities.dropFirst().enumerated()
      where probability > confidence {
        word = place
        confidence = probability
      }
    }
  }

  /// A recording in silence, or in noise at a signal-to-noise ratio in dB over the recording's
  /// length.
  static func signal(
    _ samples: [Float], sampleRate: Int, noise: (recording: Recording, start: Int, snr: Double)?
  ) -> [Float] {
    let before = Int(silenceBefore * Double(sampleRate))
    let after = Int(silenceAfter * Double(sampleRate))
    var signal =
      [Float](repeating: 0, count: before) + samples + [Float](repeating: 0, count: after)
    guard let (recording, start, snr) = noise else { return signal }
    let part = recording.cycle(from: start, count: signal.count)
    let heard = Levels.meanSquare(Array(part[before..<before + samples.count]))
    guard heard > Mixing.silence else { return signal }
    let gain = Float(
      (Levels.meanSquare(samples) / heard).squareRoot() * Levels.amplitude(decibels: -snr))
    for i in signal.indices { signal[i] += gain * part[i] }
    // Loud words in loud noise would exceed full scale.
    let peak = Double(signal.withUnsafeBufferPointer { Levels.peak($0) })
    if peak > MixtureMaker.highestPeak {
      for i in signal.indices { signal[i] *= Float(MixtureMaker.highestPeak / peak) }
    }
    return signal
  }
}
