import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct MixtureMakerTests {
  /// Two voices and two noises, all of noise bursts, so that nothing is correlated.
  private let data = SpeechAndNoiseData(
    sampleRate: 16_000,
    voices: (0..<2).map { voice in
      SpeechAndNoiseData.Voice(
        name: "\(voice)",
        recordings: (0..<3).map {
          Signals.recording(Signals.noise(seconds: 1.5, seed: UInt64(10 * voice + $0)))
        },
        weight: 1, isTrainedOn: true)
    },
    noises: [
      Signals.recording(Signals.noise(seconds: 0.7, seed: 100)),
      Signals.recording(Signals.noise(seconds: 9, seed: 101)),
    ])

  private var plain: MixtureOptions {
    var options = MixtureOptions()
    options.speech = .none
    options.noise = .none
    options.roomProbability = 0
    options.secondNoiseProbability = 0
    options.syntheticNoiseProbability = 0
    return options
  }

  private var varied: MixtureOptions {
    var options = MixtureOptions()
    options.speech.equalizationProbability = 1
    options.speech.speedProbability = 1
    options.noise.equalizationProbability = 1
    options.noise.speedProbability = 1
    options.secondNoiseProbability = 1
    options.syntheticNoiseCount = 2
    return options
  }

  private func ratio(_ mixture: (noisy: [Float], clean: [Float])) -> Double {
    let noise = zip(mixture.noisy, mixture.clean).map { $0 - $1 }
    return 10 * log10(Signals.power(mixture.clean) / Signals.power(noise))
  }

  @Test(arguments: [-5.0, 0, 7, 20])
  func ratioAndLevelAreReached(snr: Double) throws {
    var varied = varied
    varied.syntheticNoiseProbability = 0
    for var options in [plain, varied] {
      options.snr = snr...snr
      options.level = -30 ... -30
      options.roomProbability = 0
      let maker = try MixtureMaker(data, options: options, seed: 1)
      for stream in 0..<4 {
        var random = RandomNumbers(seed: 1, stream: UInt64(stream))
        let mixture = maker.mixture(samples: 20_000, random: &random)
        #expect(mixture.noisy.count == 20_000 && mixture.clean.count == 20_000)
        #expect(abs(ratio(mixture) - snr) < 0.01)
        #expect(abs(10 * log10(Signals.power(mixture.noisy)) + 30) < 0.01)
      }
    }
  }

  @Test func rangesAreFilled() throws {
    let maker = try MixtureMaker(data, options: plain, seed: 1)
    var random = RandomNumbers(seed: 2)
    let mixtures = (0..<400).map { _ in maker.mixture(samples: 1000, random: &random) }
    let ratios = mixtures.map(ratio).sorted()
    #expect(ratios[0] > -5.01 && ratios[0] < -4 && ratios[399] < 20.01 && ratios[399] > 19)
    #expect(abs(ratios[200] - 7.5) < 2.5)
    let levels = mixtures.map { 10 * log10(Signals.power($0.noisy)) }.sorted()
    #expect(levels[0] > -40.01 && levels[0] < -38 && levels[399] < -11.9)
  }

  @Test func randomNumbersDecideEverything() throws {
    let makers = try [1, 3].map {
      try MixtureMaker(data, options: varied, seed: 9, workers: Workers(count: $0))
    }
    for stream in 0..<5 {
      func mixture(_ maker: MixtureMaker, stream: Int) -> (noisy: [Float], clean: [Float]) {
        var random = RandomNumbers(seed: 4, stream: UInt64(stream))
        return maker.mixture(samples: 9000, random: &random)
      }
      let expected = mixture(makers[0], stream: stream)
      let again = mixture(makers[1], stream: stream)
      let other = mixture(makers[0], stream: stream + 1)
      #expect(expected.noisy == again.noisy && expected.clean == again.clean)
      #expect(expected.noisy != other.noisy && expected.clean != other.clean)
    }
  }

  @Test func cleanAndNoisyAreAligned() throws {
    var options = varied
    options.syntheticNoiseProbability = 0
    options.snr = 10...10
    for room in [0.0, 1] {
      options.roomProbability = room
      options.roomTarget = .reverberant
      let maker = try MixtureMaker(data, options: options, seed: 1)
      for stream in 0..<5 {
        var random = RandomNumbers(seed: 5, stream: UInt64(stream))
        let (noisy, clean) = maker.mixture(samples: 30_000, random: &random)
        let noise = zip(noisy, clean).map { $0 - $1 }
        let product = zip(noise, clean).reduce(0) { $0 + Double($1.0) * Double($1.1) } / 30_000
        let correlation =
          product / (Signals.power(noise) * Signals.power(clean)).squareRoot()
        #expect(abs(correlation) < 0.06)
      }
    }
  }

  @Test func earlyReflectionsOfARoomAreTheTarget() throws {
    var options = plain
    options.roomProbability = 1
    options.snr = 100...100
    var random = RandomNumbers(seed: 6)
    let (noisy, clean) = try MixtureMaker(data, options: options, seed: 1)
      .mixture(samples: 30_000, random: &random)
    let late = zip(noisy, clean).map { $0 - $1 }
    #expect(Signals.power(late) > 1e-4 * Signals.power(clean))
    // What comes before the first 50 ms are over is the same in both.
    let start = try #require(clean.firstIndex { abs($0) > 1e-6 })
    #expect(late[start..<start + 790].allSatisfy { abs($0) < 1e-4 })

    options.roomTarget = .reverberant
    random = RandomNumbers(seed: 6)
    let whole = try MixtureMaker(data, options: options, seed: 1)
      .mixture(samples: 30_000, random: &random)
    #expect(Signals.difference(whole.noisy, whole.clean) < 1e-4)
  }

  @Test func peaksStayBelowFullScale() throws {
    var options = plain
    options.level = 0...0
    let maker = try MixtureMaker(data, options: options, seed: 1)
    var random = RandomNumbers(seed: 7)
    for _ in 0..<20 {
      let mixture = maker.mixture(samples: 5000, random: &random)
      let peak = mixture.noisy.map { abs($0) }.max()!
      #expect(abs(peak - 0.99) < 1e-5)
    }
  }

  @Test func silenceIsDrawnAgain() throws {
    // A click, and then nothing, which most draws consist of.
    var click = [Float](repeating: 0, count: 4000)
    click[0] = 1
    let data = SpeechAndNoiseData(
      sampleRate: 16_000, voices: self.data.voices, noises: [Signals.recording(click)])
    let maker = try MixtureMaker(data, options: plain, seed: 1)
    var random = RandomNumbers(seed: 8)
    for _ in 0..<5 {
      let mixture = maker.mixture(samples: 1000, random: &random)
      #expect(mixture.noisy.allSatisfy { $0.isFinite })
      #expect((-5.01...20.01).contains(ratio(mixture)))
    }
  }

  @Test func levelsCanBeMeasuredWhereNoiseIsActive() throws {
    // Noise in every other half of a second.
    var bursts = Signals.noise(seconds: 8, seed: 3)
    for i in bursts.indices where i / 8000 % 2 == 1 { bursts[i] = 0 }
    let data = SpeechAndNoiseData(
      sampleRate: 16_000, voices: self.data.voices, noises: [Signals.recording(bursts)])
    var options = plain
    options.levels = .active
    options.snr = 0...0
    let maker = try MixtureMaker(data, options: options, seed: 1)
    var random = RandomNumbers(seed: 9)
    let whole = ratio(maker.mixture(samples: 64_000, random: &random))
    // The noise is as strong as the speech while it lasts, which is half of the time.
    #expect(abs(whole - 3) < 1)
  }

  @Test func optionsOutOfRangeAreRefused() {
    var options = MixtureOptions()
    options.roomProbability = 1.5
    #expect(throws: TrainingError.self) { try MixtureMaker(data, options: options, seed: 1) }
    options = MixtureOptions()
    options.noise.speed = 1
    #expect(throws: TrainingError.self) { try MixtureMaker(data, options: options, seed: 1) }
  }

  @Test func optionsLeftOutKeepTheirValues() throws {
    let text = #"{"snr": [0, 10], "roomTarget": "reverberant", "levels": "active"}"#
    let options = try JSONDecoder().decode(MixtureOptions.self, from: Data(text.utf8))
    var expected = MixtureOptions()
    expected.snr = 0...10
    expected.roomTarget = .reverberant
    expected.levels = .active
    #expect(options == expected)
    let coded = try JSONEncoder().encode(options)
    #expect(try JSONDecoder().decode(MixtureOptions.self, from: coded) == options)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(MixtureOptions.self, from: Data(#"{"snrs": [0, 10]}"#.utf8))
    }
  }
}

@Suite struct DrawingTests {
  @Test func frequenciesFollowTheWeights() {
    let choice = WeightedChoice(weights: [1, 2, 5])
    var random = RandomNumbers(seed: 1)
    var counts = [0, 0, 0]
    for _ in 0..<8000 { counts[choice.draw(&random)] += 1 }
    for (count, expected) in zip(counts, [1000, 2000, 5000]) {
      #expect(abs(count - expected) < 180)
    }
  }

  @Test func speechIsOfOneVoiceWithPauses() {
    func voice(_ level: Float, weight: Double) -> SpeechAndNoiseData.Voice {
      let samples = [Float](repeating: level, count: 4000) + [-1]
      return SpeechAndNoiseData.Voice(
        name: "", recordings: [Signals.recording(samples)], weight: weight, isTrainedOn: true)
    }
    let drawing = SpeechDrawing(
      [voice(0.5, weight: 1), voice(0.25, weight: 3)], sampleRate: 16_000)
    var random = RandomNumbers(seed: 2)
    var counts = [Float: Int]()
    for _ in 0..<800 {
      let speech = drawing.draw(samples: 16_000, &random)
      let level = speech.first { $0 > 0 }!
      #expect(speech.allSatisfy { $0 <= 0 || $0 == level })
      counts[level, default: 0] += 1
      let silent = speech.filter { $0 == 0 }.count
      #expect(silent >= 1600 && silent < 12_000)
    }
    let rare = counts.min { $0.key > $1.key }!.value
    #expect(abs(rare - 200) < 50)
  }

  @Test func noiseFollowsTheRootOfItsSecondsAndStaysWithinItself() {
    let short = Signals.recording([Float](repeating: 0.5, count: 16_000) + [1])
    let long = Signals.recording([Float](repeating: 0.25, count: 64_000) + [1])
    let drawing = NoiseDrawing(
      [short, long], synthetic: [], syntheticProbability: 0.5, sampleRate: 16_000)
    var random = RandomNumbers(seed: 3)
    var shorts = 0
    for _ in 0..<3000 {
      let noise = drawing.draw(samples: 100, &random)
      #expect(noise.count == 100)
      if noise.contains(where: { $0 > 0.4 && $0 < 0.6 }) { shorts += 1 }
    }
    #expect(abs(shorts - 1000) < 120)
  }

  @Test func shortNoiseIsRepeated() {
    let ramp = (0..<100).map { Float($0 + 1) / 100 }
    let part = Signals.recording(ramp).cycle(from: 90, count: 250)
    let expected = (90..<340).map { 0.9 * ramp[$0 % 100] }
    #expect(Signals.difference(part, expected) < 1e-4)
  }

  @Test func syntheticNoisesFollowFromTheSeed() {
    let voice = SpeechAndNoiseData.Voice(
      name: "", recordings: [Signals.recording(Signals.noise(seconds: 1, seed: 1))], weight: 1,
      isTrainedOn: true)
    let synthetic = SyntheticNoise(
      seconds: 0.25, speech: SpeechDrawing([voice], sampleRate: 16_000), sampleRate: 16_000)
    func pool(_ seed: UInt64, workers: Int) -> [[Float]] {
      synthetic.pool(count: 24, seed: seed, workers: Workers(count: workers))
        .map { $0.cycle(from: 0, count: $0.count) }
    }
    let noises = pool(1, workers: 1)
    #expect(noises == pool(1, workers: 4))
    #expect(noises != pool(2, workers: 4))
    #expect(noises.allSatisfy { $0.count == 4000 && Signals.power($0) > 0 })
    #expect(Set(noises).count == 24)
  }
}
