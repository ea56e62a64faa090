import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks
import SparrowText

struct PerplexityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Measure how well a language model expects a text.",
    discussion: """
      The text, plain or compressed by gzip, is read from its first word to its last in one stream, as if \
      a line had just ended before it; every word and the end of every line counts. Words that the \
      vocabulary lacks are read as <unk>, if it has that, and counted.

      MACs are multiply-accumulates of non-zero weights by non-zero activations, means over all words; \
      those of the decoder, which gives a logit for every word of the vocabulary, are counted in and \
      apart. Activity is the share of a layer's units that are not zero. The time is that of a step with \
      the probabilities of all words, the median over the first 2,000 words, read once more without \
      counting.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "A text, plain or compressed by gzip.")
  var text: String

  @OptionGroup var options: WeightOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let model = try LoadedModel(path: model)
    let plan = try model.languageModel(weights: options.weights)
    let bytes = try TextFile.read(text)
    let words: [Int32]
    let unknownCount: Int
    do throws(VocabularyError) {
      (words, unknownCount) = try plan.vocabulary.encode(bytes)
    } catch {
      throw FileError(path: text, reason: "\(error)")
    }
    let progress = ProgressBar()
    let perplexity = Perplexity(of: words, by: plan) {
      progress.show(Double($0) / Double(words.count), "\(grouped($0)) words")
    }
    progress.clear()
    let summary = PerplexitySummary(
      perplexity, of: model.network, unknownWords: unknownCount,
      usPerToken: Self.stepTime(of: plan, reading: words.prefix(2000)))
    try show(json ? try jsonText(summary) : summary.text)
  }

  /// Microseconds, the median.
  private static func stepTime(of plan: LanguagePlan, reading words: ArraySlice<Int32>) -> Double {
    var model = LanguageModel(plan)
    var times = StepTimes()
    let clock = ContinuousClock()
    for word in words { times.add(clock.measure { model.read(word) }) }
    return times.quantile(0.5)
  }
}

/// The properties are the keys in JSON, in snake case.
private struct PerplexitySummary: Encodable {
  struct LayerActivity: Encodable {
    var layer: String
    var activity: Double
  }

  var perplexity: Double
  var tokens: Int
  var unknownWords: Int
  var effectiveMacsPerToken: Double
  var effectiveMacsPerTokenWithoutDecoder: Double
  var denseMacsPerToken: Int
  var denseMacsPerTokenWithoutDecoder: Int
  var activity: [LayerActivity]
  var usPerToken: Double

  init(_ perplexity: Perplexity, of network: Network, unknownWords: Int, usPerToken: Double) {
    let cost = FrameCost(perplexity.count, of: network)
    // A language model ends with it.
    let decoder = cost.matrices.last
    self.perplexity = perplexity.value
    tokens = perplexity.tokens
    self.unknownWords = unknownWords
    effectiveMacsPerToken = cost.effectiveMacsPerFrame
    denseMacsPerToken = cost.denseMacsPerFrame
    effectiveMacsPerTokenWithoutDecoder =
      cost.effectiveMacsPerFrame - (decoder?.effectiveMacsPerFrame ?? 0)
    denseMacsPerTokenWithoutDecoder = cost.denseMacsPerFrame - (decoder?.denseMacsPerFrame ?? 0)
    // What a recurrent product reads is what the layer gave a word before.
    let suffix = ".recurrentWeight"
    activity = cost.matrices.filter { $0.name.hasSuffix(suffix) }.map {
      LayerActivity(layer: String($0.name.dropLast(suffix.count)), activity: $0.activationDensity)
    }
    self.usPerToken = usPerToken
  }

  var text: String {
    func macs(_ effective: Double, _ dense: Int) -> String {
      "\(grouped(Int(effective.rounded()))) of \(grouped(dense))"
    }
    var lines = [
      "perplexity \(fixed(perplexity)) of \(grouped(tokens)) words, \(grouped(unknownWords)) unknown",
      "effective MACs a word \(macs(effectiveMacsPerToken, denseMacsPerToken)), without the decoder "
        + macs(effectiveMacsPerTokenWithoutDecoder, denseMacsPerTokenWithoutDecoder),
    ]
    if !activity.isEmpty {
      lines.append(
        "active units: "
          + activity.map { "\($0.layer) \(percent($0.activity))" }.joined(separator: ", "))
    }
    lines.append("\(fixed(usPerToken, 1)) µs a word")
    return lines.joined(separator: "\n")
  }
}
