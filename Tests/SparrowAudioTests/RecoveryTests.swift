import Foundation
import Sparrow
import SparrowAudio
import SparrowModels
import TestSupport
import Testing

/// Denoisers that come with Sparrow are right again two seconds after anything that a microphone
/// may have given before.
struct RecoveryTests {
  /// What comes before the signal.
  enum Prelude: String, CaseIterable, Sendable {
    case oneHopOfZeros, muted, mutedForLong, quiet, loud, notANumber, squareWave, otherNoise

    func samples(_ rate: Int) -> [Float] {
      var numbers = TestNumbers(seed: 5)
      func noise(_ seconds: Int, _ level: Float) -> [Float] {
        (0..<seconds * rate).map { _ in level * numbers.float() }
      }
      switch self {
      case .oneHopOfZeros: return [Float](repeating: 0, count: rate / 125)
      case .muted: return noise(2, 0.1) + [Float](repeating: 0, count: rate / 2)
      case .mutedForLong: return noise(2, 0.1) + [Float](repeating: 0, count: 10 * rate)
      case .quiet: return noise(5, 1e-4)
      case .loud: return noise(5, 1)
      case .notANumber: return [Float](repeating: .nan, count: 2 * rate)
      case .squareWave: return (0..<30 * rate).map { $0 / 100 % 2 == 0 ? 1 : -1 }
      case .otherNoise:
        var level: Float = 0
        return noise(5, 0.02).map {
          level = 0.99 * level + $0
          return level
        }
      }
    }
  }

  /// Syllables of a gliding harmonic sound.
  private static func voice(_ seconds: Int, rate: Int) -> [Float] {
    var phase = 0.0
    return (0..<seconds * rate).map { i in
      let time = Double(i) / Double(rate)
      phase += 2 * .pi * (130 + 25 * sin(2.1 * time)) / Double(rate)
      let harmonics = (1...18).reduce(0.0) { sum, k in
        let frequency = 130 * Double(k)
        let formant =
          1 / (1 + pow((frequency - 600) / 300, 2)) + 0.4 / (1 + pow((frequency - 1800) / 400, 2))
        return sum + formant * sin(Double(k) * phase)
      }
      let syllable = max(0, sin(2 * .pi * 2.3 * time))
      return Float(0.1 * syllable * harmonics)
    }
  }

  private static let voices = [16_000: voice(6, rate: 16_000), 48_000: voice(6, rate: 48_000)]

  /// SI-SNR in dB of what comes out two to six seconds after the beginning.
  private static func ratio(_ plan: Plan, after prelude: [Float]) throws -> Double {
    var denoiser = try Denoiser(plan)
    let rate = denoiser.sampleRate
    var numbers = TestNumbers(seed: 6)
    let clean = try #require(voices[rate])
    let noisy = clean.map { $0 + 0.03 * numbers.float() }
    let output = denoiser.denoise(prelude + noisy)
    let judged = 2 * rate..<6 * rate
    return scaleInvariantSNR(
      Array(output[prelude.count...][(prelude.count + judged.lowerBound)...]),
      reference: Array(clean[judged]))
  }

  @Test(arguments: Prelude.allCases, ["denoiser", "denoiser-full-band"])
  func denoiser(_ prelude: Prelude, _ name: String) throws {
    let plan = Plan(try #require(EmbeddedModel(named: name)).network)
    let fresh = try Self.ratio(plan, after: [])
    let later = try Self.ratio(plan, after: prelude.samples(try #require(plan.sampleRate)))
    #expect(later > fresh - 0.5, "\(fresh) dB at first, \(later) dB after \(prelude)")
  }
}
