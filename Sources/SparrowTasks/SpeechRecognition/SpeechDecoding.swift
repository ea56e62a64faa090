public import Sparrow
public import SparrowAudio
public import SparrowFiles

/// The choice of a decoder for recognised speech, by files.
public struct SpeechDecoding: Sendable {
  /// A text file of the words that may be recognised, divided by white space; nil for any.
  public var words: String?
  /// A text file of sentences, one per line, whose words are allowed too and in which the
  /// probabilities of words after the two before them are counted; nil for none.
  public var sentences: String?
  /// The maximum number of texts that are followed; nil for the most probable class of each step,
  /// or for the usual number where words or sentences are given.
  public var beam: Int?

  /// The most probable class of each step.
  public init() {}

  /// A decoder at the beginning of a stream.
  ///
  /// - Throws: `FileError` if a file cannot be read, has no words, or has a character outside the
  ///   alphabet.
  public func decoder(for frontEnd: SpeechFrontEnd) throws(FileError) -> any SpeechDecoder {
    guard words != nil || sentences != nil || beam != nil else { return GreedyDecoder(frontEnd) }
    var options = BeamOptions()
    if let beam { options.width = beam }
    if sentences != nil {
      // A bonus makes up for the words' probabilities, or short texts would be preferred.
      options.grammarWeight = 0.5
      options.wordBonus = 1.5
    }
    guard words != nil || sentences != nil else {
      return BeamDecoder(frontEnd, options: options)
    }
    let list = try words.map(Self.lines) ?? []
    let texts = try sentences.map(Self.lines) ?? []
    do throws(WordGrammar.SpellingError) {
      let grammar = try WordGrammar(lines: list, sentences: texts, frontEnd: frontEnd)
      return BeamDecoder(frontEnd, grammar: grammar, options: options)
    } catch {
      throw FileError(
        path: (error.isInSentence ? sentences : words) ?? "",
        reason: "line \(error.line) has the word \"\(error.word)\", whose character "
          + "\"\(error.character)\" is not in the alphabet \"\(frontEnd.alphabet)\"")
    }
  }

  private static func lines(_ path: String) throws(FileError) -> [String] {
    guard
      let text = String(
        validating: Files.withoutByteOrderMark(try Files.read(path, limit: FileLimits.table)),
        as: UTF8.self)
    else {
      throw FileError(path: path, reason: "cannot be read as UTF-8 text")
    }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
      throw FileError(path: path, reason: "it has no words")
    }
    return lines.map(String.init)
  }
}
