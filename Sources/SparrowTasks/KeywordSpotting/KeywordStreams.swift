import Foundation
import Sparrow
import SparrowTraining

/// Generates streams of words, other speech and noise, with a target class for each frame.
struct KeywordStreams: Sendable {
  private let frontEnd: KeywordFrontEnd
  private let options: KeywordStreamOptions
  /// Recordings by word, so that all words are equally frequent.
  private let words: [[WordRecording]]
  private let speech: SpeechDrawing
  private let noise: NoiseMaker
  private let speedChange = SpeedChange()

  /// The target of frames that do not count: those within a word before it is complete.
  static let ignored = Int(CrossEntropy.ignored)

  /// - Parameter seed: The seed of synthetic noises.
  init(
    _ data: KeywordData, frontEnd: KeywordFrontEnd, options: KeywordStreamOptions, seed: UInt64,
    workers: Workers
  ) {
    self.frontEnd = frontEnd
    self.options = options
    var words = [[WordRecording]](repeating: [], count: frontEnd.words.count)
    for recording in data.words { words[recording.word].append(recording) }
    self.words = words
    let rate = frontEnd.sampleRate
    speech = SpeechDrawing(data.background.voices, sampleRate: rate)
    var synthetic: [Recording] = []
    if options.syntheticNoiseProbability > 0 {
      synthetic = SyntheticNoise(seconds: 6, speech: speech, sampleRate: rate)
        .pool(count: options.syntheticNoiseCount, seed: seed, workers: workers)
    }
    noise = NoiseMaker(
      NoiseDrawing(
        data.background.noises, synthetic: synthetic,
        syntheticProbability: options.syntheticNoiseProbability, sampleRate: rate),
      drawing: VariedDrawing(sampleRate: rate), variation: options.noise,
      secondProbability: options.secondNoiseProbability)
  }

  struct Example {
    var samples: [Float]
    /// The class of every frame, or ``ignored``.
    var targets: [Int]
  }

  /// A stream of `frames` frames, which depends on `random` alone.
  func example(frames: Int, _ random: inout RandomNumbers) -> Example {
    let rate = Double(frontEnd.sampleRate)
    let count = frames * frontEnd.hop
    var example = Example(
      samples: [Float](repeating: 0, count: count), targets: [Int](repeating: 0, count: frames))
    let isBackground = random.uniform() < options.backgroundProbability
    // Half of the streams without words are without speech, too.
    let isSilent = isBackground && random.uniform() < 0.5
    var position = Int(random.uniform(in: options.pause) * rate)
    while !isSilent && position < count {
      let length: Int
      if !isBackground && random.uniform() < options.wordProbability {
        length = addWord(to: &example, at: position, &random)
      } else {
        length = addSpeech(to: &example, at: position, &random)
      }
      position += length + Int(random.uniform(in: options.pause) * rate)
    }
    if random.uniform() < options.noiseProbability || isSilent {
      let noise = drawNoise(samples: count, &random)
      add(noise, to: &example, at: 0, decibels: -random.uniform(in: options.snr))
    }
    let gain = Float(Levels.amplitude(decibels: random.uniform(in: options.level)))
    for i in 0..<count { example.samples[i] *= gain }
    if options.narrowBandProbability > 0, random.uniform() < options.narrowBandProbability {
      example.samples = NarrowBand(sampleRate: frontEnd.sampleRate)
        .apply(
          to: example.samples, isTelephone: random.uniform() < options.telephoneProbability)
    }
    return example
  }

  private func drawNoise(samples count: Int, _ random: inout RandomNumbers) -> [Float] {
    while true {
      if let noise = noise.draw(samples: count, &random) { return noise }
    }
  }

  /// - Returns: The range of the word's samples.
  private func addWord(
    to example: inout Example, at position: Int, _ random: inout RandomNumbers
  ) -> Int {
    let candidates = words[random.index(below: words.count)]
    let recording = candidates[random.index(below: candidates.count)]
    let speed = exp(random.uniform(in: log(1 - options.speed)...log(1 + options.speed)))
    let level = random.uniform(in: options.wordLevel)
    let amplitude = recording.amplitude
    guard amplitude > 0 else { return 0 }
    let count = Int(Double(recording.samples.count) / speed)
    var samples = speedChange.apply(speed, to: recording.samples + [0, 0], count: count)
    Self.fade(&samples, sampleRate: frontEnd.sampleRate)
    let gain = Float(Levels.amplitude(decibels: level)) / amplitude
    let end = min(position + count, example.samples.count)
    for i in position..<end { example.samples[i] += gain * samples[i - position] }
    mark(
      &example, word: recording.word,
      start: position + Int(Double(recording.extent.lowerBound) / speed),
      end: position + Int(Double(recording.extent.upperBound) / speed))
    return count
  }

  /// Fades a recording in and out, because it begins and ends with the noise of its room.
  static func fade(_ samples: inout [Float], sampleRate: Int) {
    let length = min(sampleRate / 100, samples.count / 2)
    for i in 0..<length {
      let gain = Float(i) / Float(length)
      samples[i] *= gain
      samples[samples.count - 1 - i] *= gain
    }
  }

  private func addSpeech(
    to example: inout Example, at position: Int, _ random: inout RandomNumbers
  ) -> Int {
    let count = Int(random.uniform(in: 0.4...2) * Double(frontEnd.sampleRate))
    var samples = speech.draw(samples: count, &random)
    Self.fade(&samples, sampleRate: frontEnd.sampleRate)
    add(samples, to: &example, at: position, decibels: random.uniform(in: options.wordLevel))
    return count
  }

  /// Adds a signal with a root mean square of `decibels`.
  private func add(
    _ samples: [Float], to example: inout Example, at position: Int, decibels: Double
  ) {
    let power = Levels.meanSquare(samples)
    guard power > Mixing.silence else { return }
    let gain = Float(Levels.amplitude(decibels: decibels) / power.squareRoot())
    let end = min(position + samples.count, example.samples.count)
    for i in position..<end { example.samples[i] += gain * samples[i - position] }
  }

  /// - Parameters:
  ///   - start: The first sample of the word.
  ///   - end: The sample after the word.
  private func mark(_ example: inout Example, word: Int, start: Int, end: Int) {
    let hop = frontEnd.hop
    let framesPerSecond = Double(frontEnd.sampleRate) / Double(hop)
    let last = end / hop
    let first = last - Int((options.beforeWordEnd * framesPerSecond).rounded())
    let after = last + Int((options.afterWordEnd * framesPerSecond).rounded())
    func set(_ range: Range<Int>, to target: Int) {
      for frame in range.clamped(to: 0..<example.targets.count) { example.targets[frame] = target }
    }
    set(min(start / hop, first)..<first, to: Self.ignored)
    set(first..<after, to: word + 1)
    // The output may take some frames to fall again.
    set(after..<after + Int((0.1 * framesPerSecond).rounded()), to: Self.ignored)
  }

  /// Augments features.
  ///
  /// - Parameter features: Frames × bands, one frame every `stride` values.
  func vary(
    _ features: UnsafeMutablePointer<Float>, frames: Int, stride: Int,
    _ random: inout RandomNumbers
  ) {
    let variation = BandVariation(
      tilt: options.tilt, ripple: options.ripple, frequencyMasks: options.frequencyMasks,
      frequencyMaskWidth: options.frequencyMaskWidth, timeMasks: options.timeMasks,
      timeMaskWidth: Int(
        options.timeMaskSeconds * Double(frontEnd.sampleRate) / Double(frontEnd.hop)))
    variation.vary(
      features, frames: frames, bands: frontEnd.bands, stride: stride, &random)
  }
}
