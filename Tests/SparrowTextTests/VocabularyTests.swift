import SparrowText
import Testing

struct VocabularyTests {
  static let text = Array(" the cat saw the dog \n the <unk> ran\n".utf8)

  @Test func wordsComeByFrequencyAndThenByFirstAppearance() throws {
    let vocabulary = try Vocabulary(text: Self.text)
    #expect(vocabulary.words == ["the", "<eos>", "cat", "saw", "dog", "<unk>", "ran"])
    let (indices, unknownCount) = try vocabulary.encode(Self.text)
    #expect(indices == [0, 2, 3, 0, 4, 1, 0, 5, 6, 1])
    #expect(unknownCount == 0)
  }

  /// Only spaces of ASCII part words.
  @Test func otherSpacesArePartsOfWords() throws {
    let text = Array("le chat\u{A0}! dort\u{2003}\n".utf8)
    let vocabulary = try Vocabulary(text: text)
    #expect(vocabulary.words == ["le", "chat\u{A0}!", "dort\u{2003}", "<eos>"])
    #expect(try vocabulary.encode(text).indices == [0, 1, 2, 3])
  }

  @Test func rareWordsMayBeLeftOut() throws {
    let vocabulary = try Vocabulary(text: Self.text, limit: 4)
    #expect(vocabulary.words == ["<eos>", "the", "cat", "<unk>"])
    let (indices, unknownCount) = try vocabulary.encode(Self.text)
    #expect(indices == [1, 2, 3, 1, 3, 0, 1, 3, 3, 0])
    #expect(unknownCount == 3)
    #expect(try Vocabulary(text: Self.text, limit: 7).words.count == 7)
    #expect(try Vocabulary(text: Self.text, limit: 7) == Vocabulary(text: Self.text))
  }

  @Test func theLastLineEndsWithOrWithoutALineFeed() throws {
    let vocabulary = try Vocabulary(text: Self.text)
    let whole = try vocabulary.encode(Self.text).indices
    #expect(try vocabulary.encode(Self.text.dropLast()).indices == whole)
  }

  @Test func unknownWordsAreReadAsSuchAndCounted() throws {
    let vocabulary = try Vocabulary(text: Self.text)
    let (indices, unknownCount) = try vocabulary.encode(Array("the bird <unk>\n".utf8))
    #expect(indices == [0, 5, 5, 1])
    #expect(unknownCount == 1)
    let closed = try Vocabulary(words: ["the", "<eos>"])
    #expect(throws: VocabularyError.unknownWord("bird")) {
      try closed.encode(Array("the bird".utf8))
    }
  }

  @Test func badVocabulariesAndTextsAreRefused() throws {
    #expect(throws: VocabularyError.empty) { try Vocabulary(text: []) }
    #expect(throws: VocabularyError.empty) { try Vocabulary(text: Array(" \n\n".utf8)) }
    #expect(throws: VocabularyError.repeated("a")) { try Vocabulary(words: ["a", "<eos>", "a"]) }
    #expect(throws: VocabularyError.noEndOfLine) { try Vocabulary(words: ["a"]) }
    #expect(throws: VocabularyError.notAWord("a b")) { try Vocabulary(words: ["<eos>", "a b"]) }
    let vocabulary = try Vocabulary(text: Self.text)
    #expect(throws: VocabularyError.empty) { try vocabulary.encode(Array("\n".utf8)) }
  }
}
