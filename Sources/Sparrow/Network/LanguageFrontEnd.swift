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

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    func require(_ condition: Bool, _ reason: String) throws(NetworkError) {
      guard condition else { throw .invalid("front end: \(reason)") }
    }
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
}
