public import Sparrow
package import SparrowFiles
package import SparrowText

/// The task of language models: the probability of each word to be the next one of a text.
public enum LanguageModelling: TaskRule {
  public static let kind = "language"
  public static let networks = "language models"
  public static let recipe: any TrainingRecipe.Type = LanguageRecipe.self
  public static let options: [EvaluationOption] = []
  public static let measure = StudyMeasure.perplexity

  /// Measures the perplexity of a language model on a text, plain or compressed by gzip.
  ///
  /// - Precondition: The network has a language front end.
  public static func evaluate(
    _ network: Network, on data: EvaluationData
  ) throws -> TaskEvaluation {
    let plan = try LanguagePlan(
      network, plan: Plan(network, instructionSet: data.instructionSet))
    let text = try TextFile.words(of: data.path, in: plan.vocabulary)
    let perplexity = Perplexity(of: text.words, by: plan) {
      data.progress(Double($0) / Double(text.words.count), "\(ReportText.grouped($0)) words")
    }
    let scores = LanguageScores(
      perplexity: perplexity.value, tokens: perplexity.tokens, unknownWords: text.unknown)
    return TaskEvaluation(
      plan: plan.plan, scores: scores, text: scores.text, count: perplexity.count)
  }
}

extension TextFile {
  /// The words of a text, and the number of those that are not in the vocabulary.
  ///
  /// - Parameters:
  ///   - path: A text file, plain or compressed by gzip, or "-" for standard input.
  ///   - vocabulary: The words that are known.
  /// - Throws: `FileError` if the text cannot be read, or has a word that a vocabulary without
  ///   `<unk>` lacks.
  package static func words(
    of path: String, in vocabulary: Vocabulary
  ) throws(FileError) -> (words: [Int32], unknown: Int) {
    let bytes = try path == "-" ? readStandardInput() : read(path)
    do throws(VocabularyError) {
      let encoded = try vocabulary.encode(bytes)
      return (encoded.indices, encoded.unknownCount)
    } catch {
      throw FileError(path: path, reason: "\(error)")
    }
  }
}

extension StudyMeasure {
  /// The perplexity: the score of language models.
  public static let perplexity = StudyMeasure(
    key: "perplexity", title: "perplexity", unit: "", scale: 1,
    conditions: ["tokens", "unknown_words"], isLowerBetter: true)
}

/// The scores of a language model on a text.
struct LanguageScores: Codable, Sendable {
  /// e to the power of the mean negative log-probability of a word.
  var perplexity: Double
  /// Words, ends of lines included.
  var tokens: Int
  var unknownWords: Int

  var text: String {
    "perplexity \(ReportText.fixed(perplexity)) of \(ReportText.grouped(tokens)) words, "
      + "\(ReportText.grouped(unknownWords)) unknown"
  }
}
