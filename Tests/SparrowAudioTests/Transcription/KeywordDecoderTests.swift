import Foundation
import Sparrow
import TestSupport
import Testing

@testable import SparrowAudio

@Suite struct KeywordDecoderTests {
  private static let frontEnd = SpeechFrontEnd(hop: 160, stacking: 3, alphabet: " ABC")
  private static let pause = [Int](repeating: 0, count: 12)

  /// Logits that say these classes, each with a probability near `share`.
  private static func said(_ outputs: [Int], share: Float = 0.999) -> [[Float]] {
    let other = log((1 - share) / 4)
    return outputs.map { output in (0..<5).map { $0 == output ? log(share) : other } }
  }

  private static func found(
    _ words: [String], _ outputs: [Int], share: Float = 0.999, threshold: Float = 0.5
  ) throws -> [DecodedWord] {
    var decoder = try KeywordDecoder(words, frontEnd: frontEnd, threshold: threshold)
    return decoder.decode(said(outputs, share: share))
  }

  /// Whole words and phrases are found with their steps, parts of words are not.
  @Test func wholeWordsAreFound() throws {
    // " AB  ABC A B ", after a pause.
    let outputs = Self.pause + [2, 2, 0, 3, 1, 0, 2, 3, 4, 1, 2, 1, 0, 3] + Self.pause
    let words = try Self.found(["ab", "C", "BC", "a b"], outputs)
    #expect(words.map(\.text) == ["AB", "A B"])
    #expect(words.map(\.firstStep) == [12, 22] && words.map(\.lastStep) == [15, 25])
    #expect(words.allSatisfy { $0.confidence! > 0.98 })
    #expect(try Self.found(["AB"], outputs + outputs).count == 2)
    #expect(try Self.found(["CAB", "BB", "ABCA"], outputs).isEmpty)
  }

  /// A character twice needs a blank between.
  @Test func doubledCharactersNeedABlank() throws {
    #expect(try Self.found(["AA"], Self.pause + [2, 2, 2] + Self.pause).isEmpty)
    #expect(try Self.found(["AA"], Self.pause + [2, 0, 2] + Self.pause).count == 1)
    #expect(try Self.found(["A"], Self.pause + [2, 0, 2] + Self.pause).isEmpty)
  }

  /// The confidence is the ratio of the best alignment's probability to that of the most probable
  /// classes, as a geometric mean over characters.
  @Test func confidenceIsARatio() throws {
    // "AC" is said, where "AB" is asked for: one of two characters has the probability of another.
    let share: Float = 0.9
    let words = try Self.found(
      ["AB"], Self.pause + [2, 4] + Self.pause, share: share, threshold: 0.05)
    #expect(words.count == 1)
    let ratio = (0.1 / 4 / share).squareRoot()
    #expect(abs(words[0].confidence! - ratio) < 1e-4)
    #expect(
      try Self.found(["AB"], Self.pause + [2, 4] + Self.pause, share: share, threshold: 0.2)
        .isEmpty)
  }

  /// Of words that overlap, the more probable one is found; and a wait within a word ends it.
  @Test func otherAlignmentsAreLeftOut() throws {
    let one = try Self.found(
      ["AC", "AB"], Self.pause + [2, 3] + Self.pause, share: 0.8, threshold: 0.15)
    #expect(one.map(\.text) == ["AB"])
    let other = Self.pause + [2] + Self.pause + Self.pause + [3] + Self.pause
    #expect(try Self.found(["AB"], other, share: 0.8, threshold: 0.4).isEmpty)
  }

  /// The end of a recording ends a word, and begins anew.
  @Test func finishBeginsAnew() throws {
    var decoder = try KeywordDecoder(["AB"], frontEnd: Self.frontEnd)
    let steps = Self.said([2, 3])
    let first = decoder.decode(steps)
    #expect(first.map(\.text) == ["AB"] && first.map(\.firstStep) == [0])
    #expect(decoder.decode(steps) == first)
  }

  @Test func strangeCharactersAreRefused() {
    #expect(throws: WordGrammar.SpellingError.self) {
      try KeywordDecoder(["ab", "äb"], frontEnd: Self.frontEnd)
    }
  }
}
