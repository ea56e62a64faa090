import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowText
import SparrowTraining

struct CompleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete",
    abstract: "Continue a text with a language model.",
    discussion: """
      Without a model file, the embedded model of Shakespeare's plays is used.

      The model reads the text, and then samples one word after the other. Ends of lines are \
      printed as such. Words outside of the vocabulary are read as <unk>, which is never \
      sampled.
      """)

  @Argument(
    help: ArgumentHelp(
      "An optional model file, and the text to continue; \"\" for the start of a line.",
      valueName: "model> <text"))
  var arguments: [String]

  @Option(help: "The number of words to sample.")
  var words = 40

  @Option(help: "The temperature: 0 for the most probable word, 1 for the model's distribution.")
  var temperature = 0.8

  @Option(help: "The seed of sampling.")
  var seed: UInt64 = 1

  @OptionGroup var options: WeightOptions

  private var model: String? { arguments.count == 2 ? arguments[0] : nil }
  private var text: String { arguments.last ?? "" }

  func validate() throws {
    guard (1...2).contains(arguments.count) else {
      throw ValidationError(
        "expected a model file and a text, or a text alone; quote one of several words")
    }
    guard words >= 0 else { throw ValidationError("--words takes 0 or more") }
    guard temperature >= 0, temperature.isFinite else {
      throw ValidationError("--temperature takes 0 or more")
    }
  }

  func run() throws {
    let plan = try LoadedModel(path: model, embedded: .shakespeare)
      .languageModel(options)
    var model = LanguageModel(plan)
    let endsLine = text.last?.isNewline == true
    if !text.allSatisfy(\.isWhitespace) {
      let (indices, unknown): ([Int32], Int)
      do throws(VocabularyError) {
        (indices, unknown) = try plan.vocabulary.encode(Array(text.utf8))
      } catch {
        throw ValidationError("\(error)")
      }
      if unknown > 0 {
        note(
          "\(unknown) \(unknown == 1 ? "word is" : "words are") not known, and read as "
            + Vocabulary.unknown)
      }
      // Without the end of the last line, which is continued.
      for index in endsLine ? indices[...] : indices.dropLast() { model.read(index) }
    }
    let endOfLine = plan.vocabulary.index(of: Vocabulary.endOfLine)
    let unknown = plan.vocabulary.index(of: Vocabulary.unknown)
    var random = RandomNumbers(seed: seed)
    var isFirst = text.isEmpty || endsLine
    try show(text, terminator: "")
    for _ in 0..<words {
      let word = model.draw(
        temperature: temperature, excluding: unknown, random: random.uniform())
      model.read(word)
      if word == endOfLine {
        try show("\n", terminator: "")
        isFirst = true
      } else {
        try show((isFirst ? "" : " ") + plan.vocabulary.words[Int(word)], terminator: "")
        isFirst = false
      }
    }
    if !isFirst { try show("\n", terminator: "") }
  }
}
