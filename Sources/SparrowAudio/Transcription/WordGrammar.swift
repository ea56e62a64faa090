public import Sparrow

/// The words that a decoder may find, and how probable they are after each other.
public struct WordGrammar: Sendable {
  /// The words, sorted.
  public let words: [String]
  /// Probabilities of words; nil where all are alike.
  public let nGram: WordNGram?
  private let nodes: [Node]

  private struct Node: Sendable {
    var children: [(output: Int, node: Int)] = []
    /// The word that ends here; -1 for none.
    var word = -1
  }

  /// A word that cannot be spelled.
  public struct SpellingError: Error, Sendable, Hashable {
    /// Whether the line is one of the sentences.
    public var isInSentence: Bool
    /// The line, from 1.
    public var line: Int
    /// The word.
    public var word: String
    /// Its character outside the alphabet.
    public var character: Character
  }

  /// A grammar of the words in lines of text.
  ///
  /// - Parameters:
  ///   - lines: Words divided by white space: a word per line of a list, or a sentence per line.
  ///   - sentences: Sentences, one per line, whose words are allowed too and which the
  ///     probabilities are counted in; empty for equal ones.
  ///   - order: The number of words that are looked at together, from 1 to 3.
  ///   - frontEnd: The front end, whose alphabet words are spelled in. A letter that it has only
  ///     in the other case is replaced.
  /// - Throws: ``SpellingError`` for a character outside the alphabet, in a line of `lines` or
  ///   `sentences`.
  public init(
    lines: [String] = [], sentences: [String] = [], order: Int = 3, frontEnd: SpeechFrontEnd
  ) throws(SpellingError) {
    let list = try Self.words(lines, frontEnd, areSentences: false)
    let texts = try Self.words(sentences, frontEnd, areSentences: true)
    words = Set((list + texts).joined()).sorted()
    let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    let known = texts.filter { !$0.isEmpty }
    nGram =
      known.isEmpty
      ? nil
      : WordNGram(
        order: order, words: words.count, sentences: known.map { $0.map { places[$0]! } })
    var nodes = [Node()]
    for (number, word) in words.enumerated() {
      var place = 0
      for output in frontEnd.outputs(of: word)! {
        if let next = nodes[place].children.first(where: { $0.output == output }) {
          place = next.node
        } else {
          nodes[place].children.append((output, nodes.count))
          place = nodes.count
          nodes.append(Node())
        }
      }
      nodes[place].word = number
    }
    self.nodes = nodes
  }

  private static func words(
    _ lines: [String], _ frontEnd: SpeechFrontEnd, areSentences: Bool
  ) throws(SpellingError) -> [[String]] {
    var result: [[String]] = []
    for (number, line) in lines.enumerated() {
      let words = frontEnd.spelled(line).split(whereSeparator: \.isWhitespace).map(String.init)
      for word in words {
        if let character = frontEnd.firstStranger(in: word) {
          throw SpellingError(
            isInSentence: areSentences, line: number + 1, word: word, character: character)
        }
      }
      result.append(words)
    }
    return result
  }

  /// The beginning of all words in the tree of their characters.
  static let root = 0

  /// The place in the tree after one more character; nil where no word goes on so.
  func next(_ place: Int, _ output: Int) -> Int? {
    for child in nodes[place].children where child.output == output { return child.node }
    return nil
  }

  /// The word that is complete at a place; nil for none.
  func word(at place: Int) -> Int? { nodes[place].word < 0 ? nil : nodes[place].word }
}
