public import Sparrow

/// A word that a decoder has settled.
public struct DecodedWord: Sendable, Hashable {
  /// The characters.
  public var text: String
  /// The step of the network in which the first character appeared, counted from 0.
  public var firstStep: Int
  /// The step in which the last character appeared.
  public var lastStep: Int
  /// How sure the decoder is, from 0 to 1; nil where it does not say.
  public var confidence: Float?

  /// A word.
  public init(text: String, firstStep: Int, lastStep: Int, confidence: Float? = nil) {
    self.confidence = confidence
    self.text = text
    self.firstStep = firstStep
    self.lastStep = lastStep
  }
}

/// A decoder of logits of characters into words, step by step, with memory that does not grow with
/// the length of the stream.
public protocol SpeechDecoder: Sendable {
  /// Takes the logits of a step.
  ///
  /// - Returns: Words that no later step will change.
  mutating func push(_ logits: [Float]) -> [DecodedWord]
  /// Ends the stream, and begins a new one.
  ///
  /// - Returns: The remaining words.
  mutating func finish() -> [DecodedWord]
}

extension SpeechDecoder {
  /// The words of a whole recording.
  ///
  /// - Parameter logits: The logits of each step.
  public mutating func decode(_ logits: [[Float]]) -> [DecodedWord] {
    var words: [DecodedWord] = []
    for step in logits { words += push(step) }
    return words + finish()
  }
}

/// The duration without characters after which a decoder takes a word as complete.
enum DecodingPause {
  static let seconds = 0.8

  static func steps(_ frontEnd: SpeechFrontEnd) -> Int {
    max(1, Int((seconds / frontEnd.stepSeconds).rounded()))
  }
}

/// The decoder that takes the most probable class of each step: characters that follow each other
/// unchanged are one, and blanks are left out.
public struct GreedyDecoder: SpeechDecoder {
  private let characters: [Character]
  private let pauseSteps: Int
  private var step = 0
  private var last = SpeechFrontEnd.blank
  /// The word in progress.
  private var word: DecodedWord?

  /// The maximum number of characters of a word; a longer one is divided.
  static let longestWord = 256

  /// A decoder at the beginning of a stream.
  public init(_ frontEnd: SpeechFrontEnd) {
    characters = frontEnd.characters
    pauseSteps = DecodingPause.steps(frontEnd)
  }

  public mutating func push(_ logits: [Float]) -> [DecodedWord] {
    precondition(logits.count == characters.count + 1, "a logit per class")
    var best = 0
    for i in logits.indices where logits[i] > logits[best] { best = i }
    defer {
      last = best
      step += 1
    }
    guard best != SpeechFrontEnd.blank, best != last else {
      guard let word, step - word.lastStep >= pauseSteps else { return [] }
      self.word = nil
      return [word]
    }
    let character = characters[best - 1]
    guard character != SpeechFrontEnd.space else {
      guard let word else { return [] }
      self.word = nil
      return [word]
    }
    guard var word else {
      self.word = DecodedWord(text: String(character), firstStep: step, lastStep: step)
      return []
    }
    word.text.append(character)
    word.lastStep = step
    let isLongest = word.text.count >= Self.longestWord
    self.word = isLongest ? nil : word
    return isLongest ? [word] : []
  }

  public mutating func finish() -> [DecodedWord] {
    defer {
      step = 0
      last = SpeechFrontEnd.blank
      word = nil
    }
    return word.map { [$0] } ?? []
  }
}
