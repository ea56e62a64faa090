import Foundation
import Sparrow
import TestSupport

@testable import SparrowAudio

/// The probabilities of all texts that some steps of logits can mean, by every assignment of
/// characters to steps.
struct BruteForce {
  /// By the text.
  private(set) var probabilities: [String: Double] = [:]

  init(_ logits: [[Float]], _ frontEnd: SpeechFrontEnd) {
    let characters = frontEnd.characters
    let rows = logits.map { row in
      let sum = row.reduce(0) { $0 + exp(Double($1)) }
      return row.map { exp(Double($0)) / sum }
    }
    func extend(_ text: String, _ last: Int, _ step: Int, _ probability: Double) {
      guard step < rows.count else {
        probabilities[text, default: 0] += probability
        return
      }
      for output in 0...characters.count {
        let isNew = output != 0 && output != last
        extend(
          isNew ? text + String(characters[output - 1]) : text, output, step + 1,
          probability * rows[step][output])
      }
    }
    extend("", 0, 0, 1)
  }

  /// The best text by its probability and what else counts; nil leaves a text out.
  func best(_ score: (String) -> Double? = { _ in 0 }) -> String? {
    probabilities.compactMap { text, probability in
      score(text).map { (text, log(probability) + $0) }
    }.max { ($0.1, $1.0) < ($1.1, $0.0) }?.0
  }

  /// A text as a decoder gives it, without spaces around words.
  static func normalised(_ text: String) -> String {
    text.split(separator: " ").joined(separator: " ")
  }
}

/// A front end of few characters.
func smallFrontEnd(_ alphabet: String) -> SpeechFrontEnd {
  SpeechFrontEnd(hop: 160, stacking: 1, alphabet: alphabet)
}

/// Logits of steps.
func logits(_ steps: Int, _ classes: Int, seed: Int, spread: Float = 2) -> [[Float]] {
  var numbers = TestNumbers(seed: UInt64(seed))
  return (0..<steps).map { _ in (0..<classes).map { _ in numbers.float(in: -spread...spread) } }
}

extension [DecodedWord] {
  var text: String { map(\.text).joined(separator: " ") }
}
