public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How well a model expects a text, and what it does for that, over every word of it.
public struct Perplexity: Sendable {
  /// Words that were read, the ends of lines included.
  public private(set) var tokens = 0
  /// The sum of their negative logarithmic probabilities, in nats.
  public private(set) var loss = 0.0
  /// What the network did for all of them.
  public private(set) var count: OperationCount

  /// e to the mean loss: as many equally likely words would be as hard to guess; 1 without words.
  public var value: Double { exp(tokens == 0 ? 0 : loss / Double(tokens)) }

  /// Words that are read at once: the text is all there.
  private static let unfolding = 15

  /// Reads a text from its beginning; the end of a line stands before its first word.
  ///
  /// - Parameters:
  ///   - words: indices of the vocabulary.
  ///   - progress: told now and then how many words are read.
  public init(
    of words: [Int32], by plan: LanguagePlan, progress: (_ tokens: Int) -> Void = { _ in }
  ) {
    count = OperationCount(plan.plan)
    var model = LanguageModel(plan, unfolding: Self.unfolding)
    while tokens < words.count {
      let end = min(words.count, tokens + 16 * Self.unfolding)
      loss -= model.read(words.span.extracting(tokens..<end), counting: &count)
      tokens = end
      progress(tokens)
    }
  }
}
