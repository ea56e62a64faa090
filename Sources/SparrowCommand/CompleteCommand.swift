import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowText
import SparrowTraining

struct CompleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "complete",
    abstract: "Let a language model go on with a text.",
    discussion: """
      Without a model, the embedded one goes on, which has read Shakespeare's plays.

      The text is read word by word, and then words are drawn by the probabilities that the model gives \
      them, each of which it reads in turn. The end of a line is printed as one. Words that the model \
      does not know are read as <unk>, which is never drawn.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model file, and what to go on with, or the latter alone; \"\" for the beginning of a line.",
      valueName: "model> <text"))
  var arguments: [String]

  @Option(help: "Words to add.")
  var words = 40

  @Option(help: "How much to dare: 0 takes the likeliest word, 1 draws by probability.")
  var temperature = 0.8

  @Option(help: "The same seed gives the same words.")
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
      .languageModel(weights: options.weights)
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
        note("\(unknown) of the words are not known, and read as \(Vocabulary.unknown)")
      }
      // Without the end of a line that goes on.
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
