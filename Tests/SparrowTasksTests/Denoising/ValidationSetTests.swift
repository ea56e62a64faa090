import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct ValidationSetTests {
  /// Voices and noises to train on are tones at 1 kHz, what is held out is at 2 and 3 kHz.
  private func data() -> SpeechAndNoiseData {
    func voice(_ name: String, _ frequency: Double, seconds: Double, _ isTrainedOn: Bool)
      -> SpeechAndNoiseData.Voice
    {
      SpeechAndNoiseData.Voice(
        name: name,
        recordings: [
          Signals.recording(Signals.tone(frequency, seconds: seconds / 2)),
          Signals.recording(Signals.tone(frequency, seconds: seconds / 2)),
        ], weight: 1, isTrainedOn: isTrainedOn)
    }
    func noise(_ name: String, _ frequency: Double) -> Recording {
      Signals.recording(Signals.tone(frequency, seconds: 4), name: name)
    }
    return SpeechAndNoiseData(
      sampleRate: 16_000, voices: [voice("training", 1000, seconds: 4, true)],
      noises: [noise("training", 1000)],
      heldOutVoices: [
        voice("new", 2000, seconds: 16, false), voice("known", 2000, seconds: 4, true),
      ],
      heldOutNoises: [noise("a", 3000), noise("b", 3000), noise("c", 3000)])
  }

  @Test func mixturesAreOfWhatIsHeldOutAndSpreadEvenly() throws {
    var options = ValidationSet.Options()
    options.count = 12
    options.seconds = 1.5
    let mixtures = try ValidationSet(data(), options: options).mixtures
    #expect(mixtures.count == 12)
    // By the root of the minutes, 4 to 2.
    #expect(mixtures.filter { $0.voice == "new" && !$0.isVoiceTrainedOn }.count == 8)
    #expect(mixtures.filter { $0.voice == "known" && $0.isVoiceTrainedOn }.count == 4)
    for name in ["a", "b", "c"] { #expect(mixtures.filter { $0.noise == name }.count == 4) }
    let ratios = mixtures.map(\.snr).sorted()
    for (i, ratio) in ratios.enumerated() {
      #expect(abs(ratio - (-5 + 25 * Double(i) / 11)) < 1e-9)
    }
    for mixture in mixtures {
      #expect(mixture.noisy.count == 24_000 && mixture.clean.count == 24_000)
      let noise = zip(mixture.noisy, mixture.clean).map { $0 - $1 }
      let measured = 10 * log10(Signals.power(mixture.clean) / Signals.power(noise))
      #expect(abs(measured - mixture.snr) < 0.01)
      let level = 10 * log10(Signals.power(mixture.noisy))
      #expect((-35.01 ... -14.99).contains(level))
      func share(_ signal: [Float], at frequency: Double) -> Double {
        Signals.magnitude(signal, at: frequency) / Double(signal.count)
          / Signals.power(signal).squareRoot()
      }
      #expect(share(mixture.clean, at: 2000) > 0.3 && share(noise, at: 3000) > 0.3)
      #expect(share(mixture.noisy, at: 1000) < 0.02)
    }
  }

  @Test func setsAreTheSameEveryTime() throws {
    var options = ValidationSet.Options()
    options.count = 3
    let first = try ValidationSet(data(), options: options)
    let second = try ValidationSet(data(), options: options)
    #expect(first.mixtures.map(\.noisy) == second.mixtures.map(\.noisy))
    options.seed = 8
    let other = try ValidationSet(data(), options: options)
    #expect(first.mixtures.map(\.noisy) != other.mixtures.map(\.noisy))
  }

  @Test func nothingHeldOutIsRefused() {
    let data = data()
    let none = SpeechAndNoiseData(
      sampleRate: 16_000, voices: data.voices, noises: data.noises, heldOutVoices: [],
      heldOutNoises: data.heldOutNoises)
    #expect(throws: TrainingError.data("no voice is held out for validation")) {
      try ValidationSet(none)
    }
    let noNoise = SpeechAndNoiseData(
      sampleRate: 16_000, voices: data.voices, noises: data.noises,
      heldOutVoices: data.heldOutVoices, heldOutNoises: [])
    #expect(throws: TrainingError.data("no noise is held out for validation")) {
      try ValidationSet(noNoise)
    }
  }

  @Test func trainingNeverDrawsWhatIsHeldOut() throws {
    var options = MixtureOptions()
    options.speech = .none
    options.noise = .none
    options.roomProbability = 0
    options.syntheticNoiseProbability = 0
    let maker = try MixtureMaker(data(), options: options, seed: 1)
    var random = RandomNumbers(seed: 1)
    for _ in 0..<20 {
      let (noisy, _) = maker.mixture(samples: 8000, random: &random)
      let power = Signals.power(noisy).squareRoot()
      for frequency in [2000.0, 3000] {
        #expect(Signals.magnitude(noisy, at: frequency) / 8000 / power < 0.02)
      }
    }
  }

  @Test func placesAreSharedInProportion() {
    let places = ValidationSet.apportion(10, by: [5, 3, 2])
    #expect(places == [0, 0, 0, 0, 0, 1, 1, 1, 2, 2])
    #expect(ValidationSet.apportion(1, by: [1, 2]) == [1])
  }
}
