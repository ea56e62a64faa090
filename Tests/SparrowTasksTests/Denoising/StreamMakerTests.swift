import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct StreamMakerTests {
  private static let data = SpeechAndNoiseData(
    sampleRate: 16_000,
    voices: (0..<2).map { voice in
      SpeechAndNoiseData.Voice(
        name: "\(voice)",
        recordings: [Signals.recording(Signals.noise(seconds: 1.5, seed: UInt64(voice)))],
        weight: 1, isTrainedOn: true)
    },
    noises: [Signals.recording(Signals.noise(seconds: 9, seed: 101))])

  private static func maker(_ change: (inout StreamOptions) -> Void) throws -> StreamMaker {
    var mixtures = MixtureOptions()
    mixtures.syntheticNoiseProbability = 0
    mixtures.roomProbability = 0
    var options = StreamOptions()
    options.scene = 0.3...1
    options.gap = 0.01...0.4
    change(&options)
    return try StreamMaker(
      MixtureMaker(data, options: mixtures, seed: 1), options: options, sampleRate: 16_000)
  }

  private static func stream(
    seed: UInt64 = 1, samples: Int = 100_000, _ change: (inout StreamOptions) -> Void
  ) throws -> MixtureStream {
    var random = RandomNumbers(seed: seed)
    return try maker(change).stream(samples: samples, random: &random)
  }

  /// All of the stream is scenes, in order, or digital silence between them.
  @Test(arguments: 1...6 as ClosedRange<UInt64>) func scenesAndGaps(seed: UInt64) throws {
    let stream = try Self.stream(seed: seed) { $0.gapProbability = 0.8 }
    #expect(stream.noisy.count == 100_000 && stream.clean.count == 100_000)
    // A low-pass may overshoot.
    #expect((stream.noisy + stream.clean).allSatisfy { abs($0) < 1.5 })
    var end = 0
    var silent = 0
    for scene in stream.scenes {
      #expect(scene.lowerBound >= end && !scene.isEmpty)
      #expect(stream.noisy[end..<scene.lowerBound].allSatisfy { $0 == 0 })
      #expect(stream.clean[end..<scene.lowerBound].allSatisfy { $0 == 0 })
      silent += scene.lowerBound - end
      #expect(stream.noisy[scene].contains { $0 != 0 })
      end = scene.upperBound
    }
    #expect(end <= 100_000 && silent > 1000)
  }

  @Test func decidedByRandomNumbersAlone() throws {
    let first = try Self.stream { _ in }
    let again = try Self.stream { _ in }
    let other = try Self.stream(seed: 2) { _ in }
    #expect(first.noisy == again.noisy && first.clean == again.clean)
    #expect(first.scenes == again.scenes && first.noisy != other.noisy)
  }

  @Test func noiseAlone() throws {
    let stream = try Self.stream {
      $0.noiseProbability = 1
      $0.cleanProbability = 0
    }
    #expect(stream.clean.allSatisfy { $0 == 0 })
    #expect(stream.noisy.contains { $0 != 0 })
  }

  /// Scenes with next to no noise have the ratio that was asked for.
  @Test func cleanScenes() throws {
    let stream = try Self.stream {
      ($0.noiseProbability, $0.cleanProbability, $0.cleanSNR) = (0, 1, 40...40)
      ($0.bandLimitProbability, $0.clickProbability, $0.stepProbability) = (0, 0, 0)
      $0.scene = 2...2
    }
    let scene = try #require(stream.scenes.first { $0.count > 20_000 })
    let noise = zip(stream.noisy[scene], stream.clean[scene]).map { $0 - $1 }
    let ratio = 10 * log10(Signals.power(Array(stream.clean[scene])) / Signals.power(noise))
    #expect(abs(ratio - 40) < 3)
  }

  /// A step of the level divides a scene, and both sides change alike.
  @Test func steps() throws {
    let stream = try Self.stream(samples: 400_000) {
      ($0.gapProbability, $0.stepProbability, $0.step) = (0, 1, 20...20)
      ($0.clickProbability, $0.bandLimitProbability) = (0, 0)
      $0.scene = 1...1
    }
    let ratios = zip(stream.scenes, stream.scenes.dropFirst()).compactMap { first, second in
      first.count + second.count == 16_000 && min(first.count, second.count) > 4_000
        ? Signals.power(Array(stream.noisy[second])) / Signals.power(Array(stream.noisy[first]))
        : nil
    }
    #expect(!ratios.isEmpty, "\(stream.scenes.map(\.count))")
    #expect(ratios.contains { abs(abs(10 * log10($0)) - 20) < 3 })
  }

  @Test func optionsOutOfRange() {
    let changes: [(inout StreamOptions) -> Void] = [
      { $0.batches = 0 }, { $0.scene = 0...1 }, { $0.gap = 0...1 }, { $0.gapProbability = 2 },
      {
        $0.noiseProbability = 0.6
        $0.cleanProbability = 0.6
      }, { $0.step = 0...300 },
    ]
    for change in changes {
      #expect(throws: TrainingError.self) { try Self.maker(change) }
    }
  }

  /// What the low-pass lets through, and what it takes away.
  @Test func lowPass() {
    func gain(_ frequency: Double) -> Double {
      var tone = (0..<16_000).map { Float(sin(2 * .pi * frequency * Double($0))) }
      LowPass(frequency: 0.2).apply(to: &tone)
      return 10 * log10(2 * Signals.power(Array(tone[4000...])))
    }
    #expect(abs(gain(0.02)) < 0.05)
    #expect(abs(gain(0.2) + 3.01) < 0.1)
    #expect(gain(0.4) < -50)
  }
}
