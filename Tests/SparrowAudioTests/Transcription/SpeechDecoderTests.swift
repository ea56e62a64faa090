import Foundation
import Sparrow
import TestSupport
import Testing

@testable import SparrowAudio

@Suite struct SpeechDecoderTests {
  /// Logits that say exactly these classes.
  private static func said(_ outputs: [Int], classes: Int) -> [[Float]] {
    outputs.map { output in (0..<classes).map { $0 == output ? 20 : 0 } }
  }

  /// Without pruning, the beam finds the text whose alignments are the most probable together.
  @Test(arguments: 0..<12) func beamEqualsBruteForce(seed: Int) {
    let frontEnd = smallFrontEnd("ab")
    let steps = logits(6, 3, seed: seed)
    var decoder = BeamDecoder(
      frontEnd,
      options: BeamOptions(width: 1000, minimumLogProbability: -.infinity, maximumGap: .infinity))
    #expect(decoder.decode(steps).text == BruteForce(steps, frontEnd).best())
  }

  /// The best path may mean another text than the most probable one.
  @Test func greedyTakesBestPath() {
    let frontEnd = smallFrontEnd("a")
    // "" has the best path, 0.36; "a" has 0.64 in all.
    let steps: [[Float]] = Array(repeating: [Float(log(0.6)), Float(log(0.4))], count: 2)
    var greedy = GreedyDecoder(frontEnd)
    #expect(greedy.decode(steps).text == "")
    var beam = BeamDecoder(frontEnd)
    #expect(beam.decode(steps).text == "a")
  }

  /// Only listed words, with spaces between them, are found.
  @Test(arguments: 0..<12) func wordListEqualsBruteForce(seed: Int) throws {
    let frontEnd = smallFrontEnd(" ab")
    let steps = logits(7, 4, seed: 100 + seed)
    let words: Set<Substring> = ["a", "ba", "bab"]
    let grammar = try WordGrammar(lines: ["ba a", "", "bab ba"], frontEnd: frontEnd)
    #expect(grammar.words == ["a", "ba", "bab"])
    var decoder = BeamDecoder(
      frontEnd, grammar: grammar,
      options: BeamOptions(
        width: 1000, minimumLogProbability: -.infinity, maximumGap: .infinity, wordBonus: 0.7))
    let best = BruteForce(steps, frontEnd).best { text in
      let parts = text.split(separator: " ")
      let spaces = text.count { $0 == " " }
      // A space may come first, but none is empty between words.
      guard parts.allSatisfy(words.contains), !text.contains("  "), text.isEmpty || spaces >= 0
      else { return nil }
      return 0.7 * Double(parts.count)
    }
    #expect(decoder.decode(steps).text == BruteForce.normalised(best!))
  }

  @Test(arguments: 0..<12) func nGramEqualsBruteForce(seed: Int) throws {
    let frontEnd = smallFrontEnd(" ab")
    let steps = logits(7, 4, seed: 200 + seed)
    let sentences = ["a ba a", "ba ba", "b"]
    let grammar = try WordGrammar(sentences: sentences, order: 2, frontEnd: frontEnd)
    let nGram = try #require(grammar.nGram)
    var decoder = BeamDecoder(
      frontEnd, grammar: grammar,
      options: BeamOptions(
        width: 1000, minimumLogProbability: -.infinity, maximumGap: .infinity, grammarWeight: 1.5,
        wordBonus: 0.2))
    let best = BruteForce(steps, frontEnd).best { text in
      let parts = text.split(separator: " ").map { grammar.words.firstIndex(of: String($0)) }
      guard !parts.contains(nil), !text.contains("  ") else { return nil }
      guard !text.isEmpty else { return 0 }
      var score = 0.2 * Double(parts.count)
      var history: [Int] = []
      for word in parts + [nil] {
        score += 1.5 * nGram.logProbability(of: word, after: history)
        if let word { history.append(word) }
      }
      return score
    }
    #expect(decoder.decode(steps).text == BruteForce.normalised(best!))
  }

  /// Words come after the space that ends them, or after a pause, with the steps of their
  /// characters.
  @Test func wordsComeWhenTheyAreSettled() {
    let frontEnd = smallFrontEnd(" ab")
    let said = Self.said([0, 2, 2, 0, 2, 3, 1, 0, 3] + Array(repeating: 0, count: 90), classes: 4)
    func run(_ decoder: some SpeechDecoder) -> [(word: DecodedWord, step: Int)] {
      var decoder = decoder
      return said.enumerated().flatMap { step, row in decoder.push(row).map { ($0, step) } }
    }
    let words = [
      DecodedWord(text: "aab", firstStep: 1, lastStep: 5),
      DecodedWord(text: "b", firstStep: 8, lastStep: 8),
    ]
    let greedy = run(GreedyDecoder(frontEnd))
    #expect(greedy.map(\.word) == words)
    #expect(greedy.map(\.step) == [6, 88])
    let beam = run(BeamDecoder(frontEnd))
    #expect(beam.map(\.word) == words)
    #expect(beam[0].step < 16 && beam[1].step < 100)
  }

  /// Words come out in the same way as from whole recordings, and memory does not grow.
  @Test(arguments: [false, true]) func endlessStreamNeedsConstantMemory(isLimited: Bool) throws {
    let frontEnd = smallFrontEnd(" abc")
    let grammar =
      isLimited
      ? try WordGrammar(sentences: ["a b abc", "cab a", "b c a"], frontEnd: frontEnd) : nil
    var decoder = BeamDecoder(frontEnd, grammar: grammar, options: BeamOptions(width: 8))
    var numbers = TestNumbers(seed: 4)
    var words = 0
    for _ in 0..<20_000 {
      words += decoder.push(numbers.floats(5, in: -3...3)).count
      #expect(decoder.followedNodes < 10_000)
    }
    #expect(words > 500)
  }

  /// A text without spaces and pauses is cut.
  @Test func textWithoutSpacesIsCut() {
    let frontEnd = smallFrontEnd("ab")
    for var decoder: any SpeechDecoder in [GreedyDecoder(frontEnd), BeamDecoder(frontEnd)] {
      var characters = 0
      for step in 0..<3000 {
        let row = (0..<3).map { Float($0 == 1 + step % 2 ? 20 : 0) }
        characters += decoder.push(row).reduce(0) { $0 + $1.text.count }
      }
      #expect(characters > 2000 && characters <= 3000)
      characters += decoder.finish().reduce(0) { $0 + $1.text.count }
      #expect(characters == 3000)
    }
  }

  /// After its end a decoder is as new.
  @Test func finishBeginsAnew() {
    let frontEnd = smallFrontEnd(" ab")
    let steps = logits(30, 4, seed: 7)
    var beam = BeamDecoder(frontEnd)
    #expect(beam.decode(steps) == beam.decode(steps))
    var greedy = GreedyDecoder(frontEnd)
    #expect(greedy.decode(steps) == greedy.decode(steps))
  }

  @Test func wordsOutsideTheAlphabetAreRefused() {
    #expect {
      try WordGrammar(lines: ["ab", "a bäb"], frontEnd: smallFrontEnd(" ab"))
    } throws: { error in
      error as? WordGrammar.SpellingError
        == WordGrammar.SpellingError(
          isInSentence: false, line: 2, word: "bäb", character: "ä")
    }
  }
}

@Suite struct WordNGramTests {
  private static let nGram = WordNGram(
    order: 3, words: 3, sentences: [[0, 1, 0], [1, 1], [0, 1, 2]])

  @Test(arguments: [[], [0], [0, 1], [1, 2], [2, 2], [1, 1, 0]]) func sumsToOne(history: [Int]) {
    let words: [Int?] = [0, 1, 2, nil]
    let sum = words.reduce(0) { $0 + exp(Self.nGram.logProbability(of: $1, after: history)) }
    #expect(abs(sum - 1) < 1e-12)
  }

  /// By hand: after the beginning 0 came twice and 1 once; of 11 words and ends, 0 is 3.
  @Test func interpolatesCounts() {
    let unigram = (3.0 + 4 * 0.25) / (11 + 4)
    let bigram = (2 + 2 * unigram) / (3 + 2)
    #expect(abs(exp(Self.nGram.logProbability(of: 0, after: [])) - bigram) < 1e-12)
    // "0 1" was followed by 0 and by 2; "1" by 0, 1, the end and 2.
    let afterOne = (1 + 4 * unigram) / (4 + 4)
    let afterBoth = (1 + 2 * afterOne) / (2 + 2)
    #expect(abs(exp(Self.nGram.logProbability(of: 0, after: [2, 0, 1])) - afterBoth) < 1e-12)
  }
}
