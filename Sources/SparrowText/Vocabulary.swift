import Sparrow

/// The words that a language model knows, each with an index.
///
/// Words are what blanks, tabs and the ends of lines part. Every line of a text ends with ``endOfLine``;
/// where a vocabulary has ``unknown``, words that it does not know are read as that.
public struct Vocabulary: Sendable, Hashable {
  public static let endOfLine = LanguageFrontEnd.endOfLine
  public static let unknown = LanguageFrontEnd.unknown

  public let words: [String]
  private let indices: [String: Int32]

  /// - Throws: ``VocabularyError`` where there are no words, where one is empty or there twice, or where
  ///   ``endOfLine`` is missing.
  public init(words: [String]) throws(VocabularyError) {
    guard !words.isEmpty else { throw .empty }
    var indices: [String: Int32] = [:]
    for (index, word) in words.enumerated() {
      guard !word.isEmpty, !word.utf8.contains(where: Self.isSpace) else { throw .notAWord(word) }
      guard indices.updateValue(Int32(index), forKey: word) == nil else { throw .repeated(word) }
    }
    guard indices[Self.endOfLine] != nil else { throw .noEndOfLine }
    self.words = words
    self.indices = indices
  }

  /// The words of a text, the most frequent first, and of equally frequent ones the one that came first.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - limit: how many words to take at most, the most frequent ones and, where others are left out,
  ///     ``unknown``; at least 2.
  /// - Throws: ``VocabularyError/empty`` where it has no words.
  public init(text: [UInt8], limit: Int = .max) throws(VocabularyError) {
    precondition(limit >= 2)
    var counts: [String: Int] = [:]
    var order: [String] = []
    Self.forEachWord(text) { word in
      if counts.updateValue((counts[word] ?? 0) + 1, forKey: word) == nil { order.append(word) }
    }
    guard order.contains(where: { $0 != Self.endOfLine }) else { throw .empty }
    // Swift's sort is stable in practice but not by contract, so the place decides.
    let sorted = order.enumerated().sorted {
      let (a, b) = (counts[$0.element]!, counts[$1.element]!)
      return a == b ? $0.offset < $1.offset : a > b
    }
    var words = sorted.map(\.element)
    if words.count > limit {
      // In the place of what it stands for, if the text does not have it among its words.
      words.removeAll { $0 == Self.unknown || $0 == Self.endOfLine }
      words = [Self.endOfLine] + words.prefix(limit - 2) + [Self.unknown]
    }
    try self.init(words: words)
  }

  public var count: Int { words.count }

  /// Of a word that is known.
  public func index(of word: String) -> Int32? { indices[word] }

  /// The text as indices, with the end of each line.
  ///
  /// - Parameter text: UTF-8.
  /// - Returns: the indices, and how many words were not known and read as ``unknown``; those that are
  ///   written so in the text are none of them.
  /// - Throws: ``VocabularyError`` where the text has no words, or one that is not known to a vocabulary
  ///   without ``unknown``.
  public func encode(
    _ text: [UInt8]
  ) throws(VocabularyError) -> (indices: [Int32], unknownCount: Int) {
    let substitute = indices[Self.unknown]
    var result: [Int32] = []
    var unknownCount = 0
    var stranger: String?
    var hasWords = false
    Self.forEachWord(text) { word in
      if word != Self.endOfLine { hasWords = true }
      if let index = indices[word] {
        result.append(index)
      } else if let substitute {
        result.append(substitute)
        unknownCount += 1
      } else if stranger == nil {
        stranger = word
      }
    }
    if let stranger { throw .unknownWord(stranger) }
    guard hasWords else { throw .empty }
    return (result, unknownCount)
  }

  /// Of ASCII: other spaces, such as one that does not break, are parts of words.
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// A last line counts as one whether or not a line feed ends it.
  private static func forEachWord(_ text: [UInt8], _ body: (String) -> Void) {
    var start = 0
    func end(at index: Int) {
      if index > start { body(String(decoding: text[start..<index], as: UTF8.self)) }
      start = index + 1
    }
    for (index, byte) in text.enumerated() {
      guard isSpace(byte) else { continue }
      end(at: index)
      if byte == 0x0A { body(endOfLine) }
    }
    end(at: text.count)
    if let last = text.last, last != 0x0A { body(endOfLine) }
  }
}

/// What is wrong with a vocabulary, or with a text for it.
public enum VocabularyError: Error, Equatable, CustomStringConvertible {
  case empty
  case notAWord(String)
  case repeated(String)
  case noEndOfLine
  case unknownWord(String)

  public var description: String {
    switch self {
    case .empty: "there are no words"
    case .notAWord(let word): "\"\(word)\" is no word; expected letters without white space"
    case .repeated(let word): "the word \"\(word)\" is there twice"
    case .noEndOfLine: "the word \(Vocabulary.endOfLine) is missing"
    case .unknownWord(let word):
      "the word \"\(word)\" is not known, and the vocabulary has no \(Vocabulary.unknown)"
    }
  }
}
