import Sparrow

/// The words of a language model, each with an index.
///
/// Words are separated by blanks, tabs and ends of lines. Every line of a text ends with
/// ``endOfLine``. If a vocabulary has ``unknown``, words outside of it are read as that.
public struct Vocabulary: Sendable, Hashable {
  /// The word that stands for the end of a line.
  public static let endOfLine = LanguageFrontEnd.endOfLine
  /// The word that stands for words outside of a vocabulary.
  public static let unknown = LanguageFrontEnd.unknown

  /// The words by index.
  public let words: [String]
  private let indices: [String: Int32]

  /// A vocabulary of words in the order of their indices.
  ///
  /// - Throws: ``VocabularyError`` if there are no words, if a word is empty, has white space or is
  ///   repeated, or if ``endOfLine`` is missing.
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

  /// The vocabulary of a text: by falling frequency, then by first occurrence.
  ///
  /// - Parameters:
  ///   - text: The text in UTF-8.
  ///   - limit: The maximum number of words, at least 2. If words are left out, ``unknown`` is one
  ///     of them.
  /// - Throws: ``VocabularyError/empty`` if the text has no words.
  public init(text: [UInt8], limit: Int = .max) throws(VocabularyError) {
    precondition(limit >= 2)
    var counts: [String: Int] = [:]
    var order: [String] = []
    Self.forEachWord(text) { word in
      if counts.updateValue((counts[word] ?? 0) + 1, forKey: word) == nil { order.append(word) }
    }
    guard order.contains(where: { $0 != Self.endOfLine }) else { throw .empty }
    // Swift's sort is not stable by contract, so the first occurrence decides.
    let sorted = order.enumerated().sorted {
      let (a, b) = (counts[$0.element]!, counts[$1.element]!)
      return a == b ? $0.offset < $1.offset : a > b
    }
    var words = sorted.map(\.element)
    if words.count > limit {
      // It takes the last place, unless it is a word of the text.
      words.removeAll { $0 == Self.unknown || $0 == Self.endOfLine }
      words = [Self.endOfLine] + words.prefix(limit - 2) + [Self.unknown]
    }
    try self.init(words: words)
  }

  /// The number of words.
  public var count: Int { words.count }

  /// The index of a word; nil if it is not in the vocabulary.
  public func index(of word: String) -> Int32? { indices[word] }

  /// Encodes a text as indices, with ``endOfLine`` after each line.
  ///
  /// - Parameter text: The text in UTF-8.
  /// - Returns: The indices, and the number of words outside of the vocabulary, which were read as
  ///   ``unknown``; words that are spelled so in the text are not counted.
  /// - Throws: ``VocabularyError`` if the text has no words, or a word outside of a vocabulary
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

  /// ASCII white space; other spaces, such as the no-break space, are parts of words.
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  /// The last line counts with or without a line feed.
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

/// An error in a vocabulary, or in a text for it.
public enum VocabularyError: Error, Equatable, CustomStringConvertible {
  /// There are no words.
  case empty
  /// A word is empty or has white space.
  case notAWord(String)
  /// A word is repeated.
  case repeated(String)
  /// ``Vocabulary/endOfLine`` is missing.
  case noEndOfLine
  /// A word of a text is not in the vocabulary, which has no ``Vocabulary/unknown``.
  case unknownWord(String)

  public var description: String {
    switch self {
    case .empty: "there are no words"
    case .notAWord(let word):
      "\"\(word.onOneLine)\" is not a word; expected letters without white space"
    case .repeated(let word): "the word \"\(word.onOneLine)\" is repeated"
    case .noEndOfLine: "the word \(Vocabulary.endOfLine) is missing"
    case .unknownWord(let word):
      "the word \"\(word.onOneLine)\" is not known, and the vocabulary has no \(Vocabulary.unknown)"
    }
  }
}
