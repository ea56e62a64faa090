public import Sparrow
import SparrowCore

/// A language model packed for one machine, which any number of ``LanguageModel``s share.
public struct LanguagePlan: Sendable {
  /// The packed network, with its embedding.
  public let plan: Plan
  /// The words of the embedding's rows.
  public let vocabulary: Vocabulary

  /// Combines a network's plan with its vocabulary.
  ///
  /// - Throws: ``VocabularyError`` if the words are no vocabulary.
  /// - Precondition: The network has a language front end, and the plan is of that network.
  public init(_ network: Network, plan: Plan) throws(VocabularyError) {
    guard let frontEnd = network.languageFrontEnd, plan.wordCount == frontEnd.words.count else {
      preconditionFailure("a plan of a language model")
    }
    self.plan = plan
    vocabulary = try Vocabulary(words: frontEnd.words)
  }
}
