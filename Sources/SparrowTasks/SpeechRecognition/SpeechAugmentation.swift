import Foundation
import Sparrow
import SparrowTraining

/// The data augmentation of recordings of speech. Without options only the level varies.
public struct SpeechAugmentation: Codable, Equatable, Sendable {
  /// Changes of speed, and equalisation.
  public var variation = SignalVariation.none
  /// Root mean square of a recording, in dB relative to full scale.
  public var level: ClosedRange<Double> = -36 ... -16
  /// Probability of a made-up room, from 0 to 1.
  public var roomProbability = 0.0
  /// Probability of noise, from 0 to 1.
  public var noiseProbability = 0.0
  /// Signal-to-noise ratios, in dB.
  public var snr: ClosedRange<Double> = 5...30
  /// Maximum spectral tilt over all bands, in octaves of energy.
  public var tilt = 0.0
  /// Maximum spectral ripple, in octaves of energy.
  public var ripple = 0.0
  /// Number of frequency masks of a recording (SpecAugment; Park et al. 2019).
  public var frequencyMasks = 0
  /// Maximum width of a frequency mask, in bands.
  public var frequencyMaskWidth = 6
  /// Number of time masks per second.
  public var timeMasksPerSecond = 0.0
  /// Maximum duration of a time mask, in seconds.
  public var timeMaskSeconds = 0.1

  /// The defaults.
  public init() {}

  /// Reads an object; missing keys have their defaults, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func decode<Value: Decodable>(_ value: inout Value, _ key: CodingKeys) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try decode(&variation, .variation)
    try decode(&level, .level)
    try decode(&roomProbability, .roomProbability)
    try decode(&noiseProbability, .noiseProbability)
    try decode(&snr, .snr)
    try decode(&tilt, .tilt)
    try decode(&ripple, .ripple)
    try decode(&frequencyMasks, .frequencyMasks)
    try decode(&frequencyMaskWidth, .frequencyMaskWidth)
    try decode(&timeMasksPerSecond, .timeMasksPerSecond)
    try decode(&timeMaskSeconds, .timeMaskSeconds)
  }

  func validate() throws(TrainingError) {
    try variation.validate("augmentation")
    guard (0...1).contains(roomProbability), (0...1).contains(noiseProbability) else {
      throw .recipe("augmentation: probabilities are from 0 to 1")
    }
    guard Levels.contain(level, snr), tilt.isFinite, ripple.isFinite else {
      throw .recipe("augmentation: ratios and levels are from -200 to 200 dB")
    }
    guard (0...100).contains(frequencyMasks), (0...1000).contains(frequencyMaskWidth),
      (0...100).contains(timeMasksPerSecond), (0..<10).contains(timeMaskSeconds)
    else {
      throw .recipe("augmentation: numbers, widths and durations of masks are small and positive")
    }
  }
}

/// Varies recordings of speech as a ``SpeechAugmentation`` says.
struct SpeechVariation: Sendable {
  private let options: SpeechAugmentation
  private let frontEnd: SpeechFrontEnd
  private let drawing: VariedDrawing
  private let noise: NoiseDrawing?

  init(_ options: SpeechAugmentation, frontEnd: SpeechFrontEnd, noises: [Recording]) {
    self.options = options
    self.frontEnd = frontEnd
    let rate = frontEnd.sampleRate
    drawing = VariedDrawing(
      sampleRate: rate, longestRoom: Int(RoomResponse.longestReverberation * Double(rate)) + 1)
    noise =
      noises.isEmpty
      ? nil
      : NoiseDrawing(noises, synthetic: [], syntheticProbability: 0, sampleRate: rate)
  }

  /// The log-mel frames of a varied recording.
  ///
  /// - Parameter text: The transcript, for which there are always enough steps.
  func features(of recording: SpeechRecording, _ random: inout RandomNumbers) -> [Float] {
    let source = recording.samples
    let speed = speed(of: recording, &random)
    var variation = options.variation
    variation.speed = 0
    let count = max(1, Int(Double(source.count) / speed))
    let changed =
      speed == 1 ? source : SpeedChange().apply(speed, to: source + [0, 0], count: count)
    let varied = drawing.draw(variation, samples: changed.count, &random) { _, _ in changed }
    let isInRoom = random.uniform() < options.roomProbability
    let rooms = isInRoom ? [RoomResponse(sampleRate: frontEnd.sampleRate, &random).taps] : []
    var samples = drawing.filtered(varied, room: rooms)[0]
    addNoise(to: &samples, &random)
    let power = Levels.meanSquare(samples)
    let level = random.uniform(in: options.level)
    if power > 0 {
      let gain = Float(Levels.amplitude(decibels: level) / power.squareRoot())
      for i in samples.indices { samples[i] *= gain }
    }
    var features = SpeechFrames.features(samples, frontEnd: frontEnd)
    vary(&features, seconds: Double(samples.count) / Double(frontEnd.sampleRate), &random)
    return features
  }

  /// A factor on the speed that leaves enough steps for the transcript.
  private func speed(of recording: SpeechRecording, _ random: inout RandomNumbers) -> Double {
    let variation = options.variation
    guard variation.speed > 0, random.uniform() < variation.speedProbability else { return 1 }
    let speed = exp(random.uniform(in: log(1 - variation.speed)...log(1 + variation.speed)))
    let steps = SpeechFrames.count(
      samples: Int(Double(recording.count) / speed), frontEnd: frontEnd)
    return steps >= CTCLoss.minimumFrames(of: recording.text) ? speed : 1
  }

  private func addNoise(to samples: inout [Float], _ random: inout RandomNumbers) {
    guard let noise, random.uniform() < options.noiseProbability else { return }
    let other = noise.draw(samples: samples.count, &random)
    let (speechPower, noisePower) = (Levels.meanSquare(samples), Levels.meanSquare(other))
    let snr = random.uniform(in: options.snr)
    guard noisePower > Mixing.silence else { return }
    let gain = Float(
      (speechPower / noisePower).squareRoot() * Levels.amplitude(decibels: -snr))
    for i in samples.indices { samples[i] += gain * other[i] }
  }

  private func vary(_ features: inout [Float], seconds: Double, _ random: inout RandomNumbers) {
    let bands = frontEnd.bands
    let rate = Double(frontEnd.sampleRate) / Double(frontEnd.hop)
    let variation = BandVariation(
      tilt: options.tilt, ripple: options.ripple, frequencyMasks: options.frequencyMasks,
      frequencyMaskWidth: options.frequencyMaskWidth,
      timeMasks: Int((options.timeMasksPerSecond * seconds).rounded()),
      timeMaskWidth: Int(options.timeMaskSeconds * rate))
    // The silence after the end stays silence.
    let frames = min(features.count / bands, Int(seconds * rate))
    features.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress, frames > 0 else { return }
      variation.vary(base, frames: frames, bands: bands, stride: bands, &random)
    }
  }
}
