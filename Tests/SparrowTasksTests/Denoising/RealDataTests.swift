import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

/// With the environment variable `SPARROW_DATA` naming a folder of recordings, everything is tried
/// on them; without it, these tests are skipped.
@Suite struct RealDataTests {
  static let root = ProcessInfo.processInfo.environment["SPARROW_DATA"]

  static let description = """
    {
      "speech": [
        {"folder": "denoise/clean/train", "files": ["pvs2i_"], "group": "all", "speakers": 50},
        {"folder": "denoise/clean/train", "files": ["picovoice-"], "group": "all", "speakers": 50},
        {"folder": "denoise/clean/train", "group": "prefix"},
        {"folder": "keywords", "split": "train", "minimumRange": 45, "group": "speaker"},
        {"folder": "synthetic-voices", "optional": true}
      ],
      "noise": [{"folder": "denoise/noise/train"}],
      "validation": [{"folder": "denoise/clean/valid", "group": "all"}],
      "excludedLicences": ["GPL", "BY-SA"],
      "heldOut": ["lj_", "klettres_de_", "tuxpaint_es_", "musan_noise", "blanket_city", "sc_"]
    }
    """

  @Test(.enabled(if: root != nil, "set SPARROW_DATA to a folder of recordings"))
  func everythingWorksOnRecordings() throws {
    let description = try JSONDecoder().decode(
      SpeechAndNoiseDescription.self, from: Data(Self.description.utf8))
    let clock = ContinuousClock()
    var start = clock.now
    let data = try SpeechAndNoiseData(
      description, roots: [try #require(Self.root)], sampleRate: 16_000)
    print("\(data): loaded in \(clock.now - start)")
    start = clock.now
    let maker = try MixtureMaker(data, options: MixtureOptions(), seed: 1)
    print("synthetic noises made in \(clock.now - start)")
    let validation = try ValidationSet(data)
    #expect(validation.mixtures.count == ValidationSet.Options().count)
    #expect(validation.mixtures.allSatisfy { !$0.isVoiceTrainedOn })
    start = clock.now
    let count = 300
    for index in 0..<count {
      var random = RandomNumbers(seed: 3, stream: UInt64(index))
      let mixture = maker.mixture(samples: 48_000, random: &random)
      #expect(mixture.noisy.allSatisfy { abs($0) <= 0.99001 })
    }
    let time = (clock.now - start) / (3 * count)
    print("a second of mixture takes \(time)")
  }
}
