public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A decoder that finds given words and phrases alone.
///
/// A word is followed along its best alignment, from a space or a pause before it to a space or a
/// pause after it. Its confidence is how probable this alignment is, compared with the most
/// probable class of every step, as a geometric mean over its characters. Of words that end
/// together the most confident one counts, but a phrase rather than the word at its end.
public struct KeywordDecoder: SpeechDecoder {
  /// The confidence from which a word counts as heard, between 0 and 1.
  public var threshold: Float
  /// The words as they are spelled in the alphabet.
  public let words: [String]

  private var paths: [Paths]
  private let space: Int?
  private let pauseSteps: Int
  private var step = 0
  private var quietSteps: Int
  /// Alignments that begin before this step overlap a word that was heard.
  private var firstFreeStep = 0

  /// The duration without characters that is taken for the end of a word.
  static let pause = 0.25

  /// A decoder at the beginning of a stream.
  ///
  /// - Parameters:
  ///   - words: Words and phrases. A letter that the alphabet has only in the other case is
  ///     replaced.
  ///   - frontEnd: The front end of the network.
  ///   - threshold: The confidence from which a word counts as heard.
  /// - Throws: `WordGrammar.SpellingError` for a character outside the alphabet; its line is the
  ///   word's place, from 1.
  public init(
    _ words: [String], frontEnd: SpeechFrontEnd, threshold: Float = 0.5
  ) throws(WordGrammar.SpellingError) {
    self.threshold = threshold
    var spelled: [String] = []
    for (place, word) in words.enumerated() {
      let text = frontEnd.spelled(
        word.split(whereSeparator: \.isWhitespace).joined(separator: " "))
      if let character = frontEnd.firstStranger(in: text) {
        throw WordGrammar.SpellingError(
          isInSentence: false, line: place + 1, word: word, character: character)
      }
      spelled.append(text)
    }
    self.words = spelled
    paths = spelled.map { Paths(outputs: frontEnd.outputs(of: $0)!) }
    space = frontEnd.spaceOutput
    pauseSteps = max(1, Int((Self.pause / frontEnd.stepSeconds).rounded()))
    quietSteps = pauseSteps
  }

  public mutating func push(_ logits: [Float]) -> [DecodedWord] {
    var greatest = logits[0]
    for value in logits where value > greatest { greatest = value }
    let isQuiet = logits[SpeechFrontEnd.blank] == greatest
    var best: (word: Int, heard: Paths.Heard, confidence: Float)?
    for index in paths.indices {
      let heard = paths[index].push(
        logits, less: greatest, space: space, step: step, isAfterPause: quietSteps >= pauseSteps,
        pauseSteps: pauseSteps)
      guard let heard, heard.firstStep >= firstFreeStep else { continue }
      let confidence = exp(heard.score / Float(paths[index].outputs.count))
      guard confidence >= threshold else { continue }
      if let best {
        // A phrase rather than the word at its end.
        let (one, other) = (words[index], words[best.word])
        guard
          one.hasSuffix(" " + other)
            || (!other.hasSuffix(" " + one) && confidence > best.confidence)
        else { continue }
      }
      best = (index, heard, confidence)
    }
    quietSteps = isQuiet ? min(quietSteps + 1, pauseSteps) : 0
    step += 1
    guard let best else { return [] }
    firstFreeStep = best.heard.lastStep + 1
    return [
      DecodedWord(
        text: words[best.word], firstStep: best.heard.firstStep, lastStep: best.heard.lastStep,
        confidence: best.confidence)
    ]
  }

  public mutating func finish() -> [DecodedWord] {
    // The end of a stream is a pause.
    var row = [Float](repeating: -30, count: (paths.first?.classes ?? 0) + 1)
    row[SpeechFrontEnd.blank] = 0
    var words: [DecodedWord] = []
    if !paths.isEmpty, row.count > 1 {
      for _ in 0...pauseSteps { words += push(row) }
    }
    for index in paths.indices { paths[index].reset() }
    step = 0
    quietSteps = pauseSteps
    firstFreeStep = 0
    return words
  }

  /// The best alignments of one word up to the current step.
  private struct Paths: Sendable {
    let outputs: [Int]
    /// The number of characters of the alphabet; 0 before the first step.
    var classes = 0
    /// Of alignments that end with each character, and with a blank after it.
    private var characters: [Place]
    private var blanks: [Place]
    /// Of a space, and of a space with blanks after it.
    private var space = Place()
    private var spaceAndBlanks = Place()
    /// Blanks after the last character.
    private var quietSteps = 0

    /// An alignment.
    struct Place: Sendable {
      /// The logarithm of its probability, less that of the most probable classes.
      var score = -Float.infinity
      var firstStep = 0
      /// The step of the last character.
      var lastStep = 0
    }

    /// A word with its boundaries.
    typealias Heard = Place

    init(outputs: [Int]) {
      self.outputs = outputs
      characters = outputs.map { _ in Place() }
      blanks = characters
    }

    mutating func reset() { self = Paths(outputs: outputs) }

    mutating func push(
      _ logits: [Float], less greatest: Float, space spaceOutput: Int?, step: Int,
      isAfterPause: Bool, pauseSteps: Int
    ) -> Heard? {
      classes = logits.count - 1
      guard !outputs.isEmpty else { return nil }
      func gain(_ output: Int) -> Float { logits[output] - greatest }
      let blank = gain(SpeechFrontEnd.blank)
      let last = outputs.count - 1
      var heard: Heard?
      // A space or a pause after the word.
      let end = Self.better(characters[last], blanks[last])
      if let spaceOutput {
        heard = end
        heard!.score += gain(spaceOutput)
      }
      let previous = (characters: characters, blanks: blanks)
      let entry = entry(isAfterPause)
      for place in outputs.indices {
        var before = previous.characters[place]
        var fresh = place == 0 ? entry : previous.blanks[place - 1]
        if place > 0, outputs[place] != outputs[place - 1] {
          fresh = Self.better(fresh, previous.characters[place - 1])
        }
        if fresh.score > before.score {
          before = fresh
          if place == 0 { before.firstStep = step }
          before.lastStep = step
        }
        before.score += gain(outputs[place])
        characters[place] = before
        blanks[place] = Self.better(previous.characters[place], previous.blanks[place])
        blanks[place].score += blank
        // An alignment that waits would hide others.
        let patience = place == last ? pauseSteps : 2 * pauseSteps
        if step - blanks[place].lastStep > patience { blanks[place].score = -.infinity }
      }
      quietSteps = blanks[last].score > -.infinity ? step - blanks[last].lastStep : 0
      if quietSteps >= pauseSteps, blanks[last].score > heard?.score ?? -.infinity {
        heard = blanks[last]
      }
      if let spaceOutput {
        let between = Self.better(space, spaceAndBlanks)
        space = Place(score: max(0, space.score) + gain(spaceOutput))
        spaceAndBlanks = between
        spaceAndBlanks.score += blank
      }
      return heard.flatMap { $0.score > -.infinity ? $0 : nil }
    }

    /// The better place to begin the first character from.
    private func entry(_ isAfterPause: Bool) -> Place {
      isAfterPause ? Place(score: 0) : Self.better(space, spaceAndBlanks)
    }

    private static func better(_ one: Place, _ other: Place) -> Place {
      one.score >= other.score ? one : other
    }
  }
}
