import Foundation
import SparrowTraining

/// The sum of speech and noise at a signal-to-noise ratio and a level.
struct Mixing {
  /// dB.
  var snr: Double
  /// dB of the sum's root mean square; 0 is full scale.
  var level: Double
  var measure: MixtureOptions.LevelMeasure = .whole
  var sampleRate: Int

  /// Mean squares below this are silence; recordings have a peak of 0.9.
  static let silence = 1e-10

  /// - Parameters:
  ///   - speech, noise, clean: as many samples of each; `clean` is what of the speech is wanted.
  /// - Returns: gain · (speech + noise) and gain · clean, with a gain for the level, or for a peak
  ///   of ``MixtureMaker/highestPeak`` where the level would exceed it; nil if speech or noise is
  ///   silent.
  func mix(
    speech: [Float], noise: [Float], clean: [Float]
  ) -> (noisy: [Float], clean: [Float])? {
    guard let powers = powers(speech: speech, noise: noise),
      powers.speech > Self.silence, powers.noise > Self.silence,
      Levels.meanSquare(clean) > Self.silence
    else { return nil }
    let noiseGain = Float(
      (powers.speech / powers.noise).squareRoot() * Levels.amplitude(decibels: -snr))
    var noisy = speech
    for i in noisy.indices { noisy[i] += noiseGain * noise[i] }
    let amplitude = Levels.meanSquare(noisy).squareRoot()
    let peak = Double(noisy.withUnsafeBufferPointer { Levels.peak($0) })
    guard amplitude > 0 else { return nil }
    let gain = Float(
      min(Levels.amplitude(decibels: level) / amplitude, MixtureMaker.highestPeak / peak))
    for i in noisy.indices { noisy[i] *= gain }
    return (noisy, clean.map { gain * $0 })
  }

  private func powers(speech: [Float], noise: [Float]) -> (speech: Double, noise: Double)? {
    switch measure {
    case .whole: (Levels.meanSquare(speech), Levels.meanSquare(noise))
    case .active: ActiveLevel.powers(speech: speech, noise: noise, sampleRate: sampleRate)
    }
  }
}
