public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The perplexity of a language model on a text, and the operations that it took.
public struct Perplexity: Sendable {
  /// Words that were read, ends of lines included.
  public private(set) var tokens = 0
  /// The sum of negative log-probabilities, in nats.
  public private(set) var loss = 0.0
  /// Words other than `<unk>`.
  public private(set) var knownTokens = 0
  /// The sum of their negative log-probabilities, in nats.
  public private(set) var knownLoss = 0.0
  /// The operations of the network for all words.
  public private(set) var count: OperationCount

  /// The perplexity: e to the power of the mean loss per word; 1 without words.
  public var value: Double { exp(tokens == 0 ? 0 : loss / Double(tokens)) }

  /// The perplexity of the words other than `<unk>`, each given all words before it. A model that
  /// expects `<unk>` everywhere is good on a text of strange words, and this tells.
  public var knownValue: Double { exp(knownTokens == 0 ? 0 : knownLoss / Double(knownTokens)) }

  /// The number of words that are read at once.
  private static let unfolding = 15

  /// Reads a text from the state after the end of a line.
  ///
  /// - Parameters:
  ///   - plan: The model.
  ///   - words: The text as indices of the vocabulary.
  ///   - progress: Called now and then with the number of words read.
  public init(
    of words: [Int32], by plan: LanguagePlan, progress: (_ tokens: Int) -> Void = { _ in }
  ) {
    count = OperationCount(plan.plan)
    let unknown = plan.vocabulary.index(of: Vocabulary.unknown)
    var model = LanguageModel(plan, unfolding: Self.unfolding)
    while tokens < words.count {
      let end = min(words.count, tokens + 16 * Self.unfolding)
      loss -= model.read(words.span.extracting(tokens..<end), counting: &count) {
        guard $0 != unknown else { return }
        knownTokens += 1
        knownLoss -= $1
      }
      tokens = end
      progress(tokens)
    }
  }
}
