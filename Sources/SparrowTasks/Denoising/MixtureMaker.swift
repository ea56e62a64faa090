import Foundation
public import SparrowTraining

/// Makes mixtures of speech and noise to train on.
///
/// Speech of one voice is sped up or slowed down, equalized and put into a room; one noise or two are
/// varied likewise; they are added at a signal-to-noise ratio, and the sum is brought to a level.
/// Everything is drawn from the random numbers that ``mixture(samples:random:)`` is given, so mixtures
/// can be made in any order and by any number of threads.
public struct MixtureMaker: MixtureSource {
  private let options: MixtureOptions
  private let sampleRate: Int
  private let speech: SpeechDrawing
  private let noise: NoiseDrawing
  private let equalizer: Equalizer
  private let speedChange = SpeedChange()
  private let convolution: Convolution

  /// Mixtures stay within ± this.
  static let highestPeak = 0.99

  /// - Parameter seed: of the synthetic noises, which are made here.
  public init(_ data: DenoisingData, options: MixtureOptions, seed: UInt64) {
    self.options = options
    sampleRate = data.sampleRate
    speech = SpeechDrawing(data.voices, sampleRate: sampleRate)
    let isSynthetic = options.syntheticNoiseProbability > 0
    let synthetic = SyntheticNoise(seconds: 6, speech: speech, sampleRate: sampleRate)
    noise = NoiseDrawing(
      data.noises,
      synthetic: isSynthetic ? synthetic.pool(count: options.syntheticNoiseCount, seed: seed) : [],
      syntheticProbability: options.syntheticNoiseProbability, sampleRate: sampleRate)
    equalizer = Equalizer(sampleRate: sampleRate)
    let room = Int(RoomResponse.longestReverberation * Double(sampleRate))
    convolution = Convolution(longestResponse: room + equalizer.taps)
  }

  /// Speech with noise, and the speech alone: aligned, `samples` of each.
  public func mixture(
    samples: Int, random: inout RandomNumbers
  ) -> (noisy: [Float], clean: [Float]) {
    precondition(samples > 0)
    while true {
      if let mixture = attempt(samples: samples, &random) { return mixture }
    }
  }

  /// nil if what was drawn was silent.
  private func attempt(
    samples: Int, _ random: inout RandomNumbers
  ) -> (noisy: [Float], clean: [Float])? {
    let (spoken, clean) = drawSpeech(samples: samples, &random)
    guard let noise = drawNoise(samples: samples, &random) else { return nil }
    let snr = random.uniform(in: options.snr)
    let level = random.uniform(in: options.level)
    return Mixing(
      snr: snr, level: level, measure: options.levels, sampleRate: sampleRate
    ).mix(speech: spoken, noise: noise, clean: clean)
  }

  /// - Returns: the speech that is heard, and what of it counts as clean.
  private func drawSpeech(
    samples: Int, _ random: inout RandomNumbers
  ) -> (spoken: [Float], clean: [Float]) {
    let dry = drawVaried(options.speech, samples: samples, &random, by: speech.draw)
    guard random.uniform() < options.roomProbability else {
      let spoken = filtered(dry, room: [])[0]
      return (spoken, spoken)
    }
    let room = RoomResponse(sampleRate: sampleRate, &random)
    switch options.roomTarget {
    case .reverberant:
      let spoken = filtered(dry, room: [room.taps])[0]
      return (spoken, spoken)
    case .early:
      let signals = filtered(dry, room: [room.taps, room.early])
      return (signals[0], signals[1])
    }
  }

  /// nil if it is silent.
  private func drawNoise(samples: Int, _ random: inout RandomNumbers) -> [Float]? {
    func drawOne() -> (signal: [Float], amplitude: Double)? {
      let varied = drawVaried(options.noise, samples: samples, &random, by: noise.draw)
      let signal = filtered(varied, room: [])[0]
      let power = Levels.meanSquare(signal)
      return power > Mixing.silence ? (signal, power.squareRoot()) : nil
    }
    guard var first = drawOne() else { return nil }
    guard random.uniform() < options.secondNoiseProbability else { return first.signal }
    guard let second = drawOne() else { return nil }
    let below = Levels.amplitude(decibels: -random.uniform(in: 0...10))
    let gain = Float(below * first.amplitude / second.amplitude)
    for i in 0..<samples { first.signal[i] += gain * second.signal[i] }
    return first.signal
  }

  /// A signal before it is filtered, and the equalizer that it is to go through.
  private struct Varied {
    var signal: [Float]
    var equalizer: [Float]?
  }

  private func drawVaried(
    _ variation: MixtureOptions.Variation, samples: Int, _ random: inout RandomNumbers,
    by draw: (_ samples: Int, _ random: inout RandomNumbers) -> [Float]
  ) -> Varied {
    var signal: [Float]
    if variation.speed > 0, random.uniform() < variation.speedProbability {
      let speed = exp(
        random.uniform(in: log(1 - variation.speed)...log(1 + variation.speed)))
      let count = SpeedChange.sourceCount(for: samples, speed: speed)
      signal = speedChange.apply(speed, to: draw(count, &random), count: samples)
    } else {
      signal = draw(samples, &random)
    }
    let isEqualized =
      variation.equalization > 0 && random.uniform() < variation.equalizationProbability
    return Varied(
      signal: signal,
      equalizer: isEqualized ? equalizer.draw(range: variation.equalization, &random) : nil)
  }

  /// The signal through its equalizer and each of the rooms, or no room if there is none.
  private func filtered(_ varied: Varied, room: [[Float]]) -> [[Float]] {
    let rooms = room.map(convolution.response)
    let delay = varied.equalizer == nil ? 0 : equalizer.delay
    let equalizer = varied.equalizer.map(convolution.response)
    let responses =
      if let equalizer {
        rooms.isEmpty ? [equalizer] : rooms.map { equalizer * $0 }
      } else {
        rooms
      }
    if responses.isEmpty { return [varied.signal] }
    return convolution.apply(responses, to: varied.signal, delay: delay)
  }
}
