import CSparrow
import SparrowCore

/// How words become frames for a language model, and what its answer stands for: a word comes in as
/// the row of the last layer's weights that stands for it, so that both are the same parameter
/// (tied embeddings; Inan et al. 2017, Press and Wolf 2017), and logits of the word that follows
/// come out.
///
/// Such a network ends with a dense layer that takes as many values as the network does.
public struct LanguageFrontEnd: Sendable, Hashable, Codable {
  /// What the outputs, and the rows of the last layer's weights, stand for. The end of a line is
  /// one of them, ``endOfLine``.
  public var words: [String]

  /// A front end.
  public init(words: [String]) { self.words = words }

  /// The token at the end of every line of a text.
  public static let endOfLine = "<eos>"
  /// The token for unknown words, if the model has one.
  public static let unknown = "<unk>"

  /// The name of the parameter whose rows stand for words: the last layer's weights.
  ///
  /// - Precondition: there are layers.
  public static func embeddingName(of layers: [Layer]) -> String {
    "\([Layer].path(of: layers.count - 1, below: "")).weight"
  }
}

extension LanguageFrontEnd: FrontEndRule {
  static let kind = "language"
  static let network = "a language model"
  static let planKind: FrontEndKind? = .language
  var frontEnd: FrontEnd { .language(self) }
  var names: OutputNames? { OutputNames(title: "vocabulary", names: words, areShown: false) }

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    guard case .dense(let decoder)? = layers.last else {
      throw .invalid("front end: a language model ends with a dense layer")
    }
    let width = layers.dropLast().reduce(inputWidth) { $1.outputWidth(for: $0) }
    try require(
      width == inputWidth,
      "words come in as rows of the last layer's weights, so it takes as many values as the "
        + "network, \(inputWidth), not \(width)")
    try require(
      decoder.outputs == words.count,
      "\(words.count) words need as many outputs, not \(decoder.outputs)")
    try require(
      Set(words).count == words.count && !words.contains { $0.isEmpty },
      "words differ, and none is empty")
    try require(words.contains(Self.endOfLine), "the word \(Self.endOfLine) is missing")
  }

  func pack(into image: inout ImageBuilder, embedding: StoredEmbedding?) -> UInt32 {
    guard let embedding else { preconditionFailure("a language model has an embedding") }
    var starts: [UInt32] = []
    var start = 0
    for word in words {
      starts.append(UInt32(start))
      start += word.utf8.count + 1
    }
    var record = sparrow_language_front_end()
    record.word_count = UInt32(words.count)
    record.end_of_line = UInt32(words.firstIndex(of: Self.endOfLine)!)
    switch embedding {
    case .single(let rows):
      record.arithmetic = SPARROW_F32.rawValue
      record.embedding_offset = image.append(rows)
    case .bfloat16(let rows):
      record.arithmetic = SPARROW_BF16.rawValue
      record.embedding_offset = image.append(rows)
    case .bytes(let rows, let scales):
      record.arithmetic = SPARROW_W8.rawValue
      record.embedding_offset = image.append(rows)
      record.scales_offset = image.append(scales)
    }
    let names = ImageBuilder.bytes(of: words)
    record.words_offset = image.append(names)
    record.words_bytes = UInt32(names.count)
    record.starts_offset = image.append(starts)
    return image.append([record])
  }
}

extension Network {
  /// The front end of a language model; nil for other networks.
  public var languageFrontEnd: LanguageFrontEnd? { frontEnd?.rule as? LanguageFrontEnd }
}
