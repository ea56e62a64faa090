import Foundation
import Sparrow
import SparrowFiles
import SparrowTraining

@testable import SparrowTasks

/// A language of three tones, 120 ms each: "A" is low, "B" high, and a space is a pause.
enum ToneSpeech {
  static let frontEnd = SpeechFrontEnd(
    sampleRate: 4000, window: 128, hop: 64, bands: 8, lowestFrequency: 100,
    highestFrequency: 1900, stacking: 2, alphabet: " ABC", flush: 0.15)
  private static let frequencies: [Character: Double] = ["A": 300, "B": 700, "C": 1400]

  static func samples(_ text: String, _ random: inout RandomNumbers) -> [Float] {
    var samples: [Float] = []
    func add(_ seconds: Double, _ frequency: Double) {
      let count = Int(seconds * 4000)
      let tune = frequency * random.uniform(in: 0.93...1.07)
      for i in 0..<count {
        // Fades over 10 ms.
        let edge = Float(min(i, count - 1 - i, 40)) / 40
        let tone = frequency == 0 ? 0 : 0.3 * edge * Float(sin(2 * .pi * tune * Double(i) / 4000))
        samples.append(tone + 0.003 * Float(random.normal()))
      }
    }
    add(0.05, 0)
    for character in text {
      add(random.uniform(in: 0.09...0.14), frequencies[character] ?? 0)
      add(0.04, 0)
    }
    return samples
  }

  static func recording(_ text: String, seed: UInt64) throws -> SpeechRecording {
    var random = RandomNumbers(seed: seed)
    return try SpeechRecording(
      name: text, samples: samples(text, &random), text: frontEnd.outputs(of: text)!,
      frontEnd: frontEnd)
  }

  /// Recordings of two words each.
  static func recordings(_ count: Int, seed: UInt64) throws -> [SpeechRecording] {
    var random = RandomNumbers(seed: seed)
    return try (0..<count).map { index in
      func word() -> String {
        String((0...random.index(below: 3)).map { _ in "ABC".randomElement(using: &random)! })
      }
      return try recording(word() + " " + word(), seed: seed &* 1000 &+ UInt64(index))
    }
  }
}
