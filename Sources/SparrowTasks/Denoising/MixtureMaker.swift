public import SparrowTraining

/// Makes mixtures of speech and noise to train on.
///
/// Speech of one voice is sped up or slowed down, equalized and put into a room; one noise or two
/// are varied likewise; they are added at a signal-to-noise ratio, and the sum is brought to a
/// level. Everything is drawn from the random numbers that ``mixture(samples:snr:random:)`` is
/// given, so mixtures can be made in any order and by any number of threads.
public struct MixtureMaker: MixtureSource {
  private let options: MixtureOptions
  private let sampleRate: Int
  private let speech: SpeechDrawing
  private let noise: NoiseMaker
  private let drawing: VariedDrawing

  /// Mixtures stay within ± this.
  static let highestPeak = 0.99

  /// - Parameters:
  ///   - data: voices and noises.
  ///   - options: how they are mixed.
  ///   - seed: of the synthetic noises, which are made here.
  ///   - workers: threads that make them.
  /// - Throws: `TrainingError.recipe` if an option is out of its range.
  public init(
    _ data: SpeechAndNoiseData, options: MixtureOptions, seed: UInt64, workers: Workers = .allCores
  ) throws(TrainingError) {
    try options.validate()
    self.options = options
    sampleRate = data.sampleRate
    speech = SpeechDrawing(data.voices, sampleRate: sampleRate)
    var synthetic: [Recording] = []
    if options.syntheticNoiseProbability > 0 {
      synthetic = SyntheticNoise(seconds: 6, speech: speech, sampleRate: sampleRate)
        .pool(count: options.syntheticNoiseCount, seed: seed, workers: workers)
    }
    drawing = VariedDrawing(
      sampleRate: sampleRate,
      longestRoom: Int(RoomResponse.longestReverberation * Double(sampleRate)))
    noise = NoiseMaker(
      NoiseDrawing(
        data.noises, synthetic: synthetic,
        syntheticProbability: options.syntheticNoiseProbability, sampleRate: sampleRate),
      drawing: drawing, variation: options.noise,
      secondProbability: options.secondNoiseProbability)
  }

  public func stream(samples: Int, random: inout RandomNumbers) -> MixtureStream {
    let (noisy, clean) = mixture(samples: samples, random: &random)
    return MixtureStream(noisy: noisy, clean: clean, scenes: [0..<samples])
  }

  /// Speech with noise, and the speech alone, aligned.
  ///
  /// - Parameters:
  ///   - samples: the length of each.
  ///   - snr: dB; nil for the options'.
  ///   - random: what everything is drawn from.
  public func mixture(
    samples: Int, snr: ClosedRange<Double>? = nil, random: inout RandomNumbers
  ) -> (noisy: [Float], clean: [Float]) {
    precondition(samples > 0)
    while true {
      if let mixture = attempt(samples: samples, snr: snr ?? options.snr, &random) {
        return mixture
      }
    }
  }

  /// Noise alone, at a level for mixtures.
  func noise(samples: Int, random: inout RandomNumbers) -> [Float] {
    while true {
      guard let noise = noise.draw(samples: samples, &random) else { continue }
      let level = Levels.amplitude(decibels: random.uniform(in: options.level))
      let peak = Double(noise.withUnsafeBufferPointer { Levels.peak($0) })
      let gain = Float(min(level / Levels.meanSquare(noise).squareRoot(), Self.highestPeak / peak))
      return noise.map { gain * $0 }
    }
  }

  /// nil if what was drawn was silent.
  private func attempt(
    samples: Int, snr: ClosedRange<Double>, _ random: inout RandomNumbers
  ) -> (noisy: [Float], clean: [Float])? {
    var (spoken, clean, highestFrequency) = drawSpeech(samples: samples, &random)
    guard var noise = noise.draw(samples: samples, &random) else { return nil }
    if let highestFrequency {
      // As recorded with the speech: otherwise the network would learn that nobody speaks up there.
      let filter = LowPass(frequency: 0.9 * highestFrequency / Double(sampleRate))
      for _ in 0..<2 {
        filter.apply(to: &noise)
        filter.apply(to: &spoken)
        filter.apply(to: &clean)
      }
    }
    let snr = random.uniform(in: snr)
    let level = random.uniform(in: options.level)
    return Mixing(
      snr: snr, level: level, measure: options.levels, sampleRate: sampleRate
    ).mix(speech: spoken, noise: noise, clean: clean)
  }

  /// - Returns: the speech that is heard, what of it counts as clean, and the frequency in Hz above
  ///   which there is nothing, if there is one.
  private func drawSpeech(
    samples: Int, _ random: inout RandomNumbers
  ) -> (spoken: [Float], clean: [Float], highestFrequency: Double?) {
    var highestFrequency: Double?
    let dry = drawing.draw(options.speech, samples: samples, &random) { samples, random in
      let voice = speech.drawVoice(samples: samples, &random)
      highestFrequency = voice.highestFrequency
      return voice.signal
    }
    guard random.uniform() < options.roomProbability else {
      let spoken = drawing.filtered(dry)[0]
      return (spoken, spoken, highestFrequency)
    }
    let room = RoomResponse(sampleRate: sampleRate, &random)
    switch options.roomTarget {
    case .reverberant:
      let spoken = drawing.filtered(dry, room: [room.taps])[0]
      return (spoken, spoken, highestFrequency)
    case .early:
      let signals = drawing.filtered(dry, room: [room.taps, room.early])
      return (signals[0], signals[1], highestFrequency)
    }
  }
}
