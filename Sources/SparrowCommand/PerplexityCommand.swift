import ArgumentParser
import Foundation
import Sparrow
import SparrowReports
import SparrowSoundFiles
import SparrowTasks
import SparrowText

struct PerplexityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perplexity",
    abstract: "Measure the perplexity of a language model on a text.",
    discussion: """
      The text, plain or compressed by gzip, is read in one stream from the state after the \
      end of a line; every word and the end of every line counts. Words outside of the \
      vocabulary are read as <unk>, if it has that, and counted; the perplexity of all other \
      words is given as well.

      MACs are effective multiply-accumulates (non-zero weight, non-zero activation) per word, \
      with and without the decoder, which computes a logit for every word of the vocabulary. \
      Activity is the density of a layer's output. The time is the median of a step with the \
      probabilities of all words, over the first 2,000 words.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "A text, plain or compressed by gzip, or - for standard input.")
  var text: String

  @OptionGroup var options: WeightOptions

  @OptionGroup var format: OutputOptions

  func run() throws {
    let model = try LoadedModel(path: model)
    let plan = try model.languageModel(options)
    let (words, unknownCount) = try TextFile.words(of: text, in: plan.vocabulary)
    let progress = ProgressBar()
    let perplexity = Perplexity(of: words, by: plan) {
      progress.show(Double($0) / Double(words.count), "\(grouped($0)) words")
    }
    progress.clear()
    let summary = PerplexitySummary(
      perplexity, of: model.network, unknownWords: unknownCount,
      usPerToken: Self.stepTime(of: plan, reading: words.prefix(2000)))
    try format.write(summary, text: summary.text)
    if summary.unknownShare > 0.2 {
      note(
        "Warning: \(percent(summary.unknownShare)) of the words are unknown: the perplexity is "
          + "that of guessing <unk>")
    }
  }

  /// The median, in microseconds.
  private static func stepTime(of plan: LanguagePlan, reading words: ArraySlice<Int32>) -> Double {
    var model = LanguageModel(plan)
    var times = StepTimes()
    let clock = ContinuousClock()
    for word in words { times.add(clock.measure { model.read(word) }) }
    return times.quantile(0.5)
  }
}

/// The result of `sparrow perplexity`.
private struct PerplexitySummary: Encodable {
  struct LayerActivity: Encodable {
    var layer: String
    var activity: Double
  }

  var perplexity: Double
  /// Of the words other than `<unk>`.
  var perplexityOfKnownWords: Double
  var tokens: Int
  var unknownWords: Int
  /// The fraction of words that are unknown, from 0 to 1.
  var unknownShare: Double
  var effectiveMacsPerToken: Double
  var effectiveMacsPerTokenWithoutDecoder: Double
  var denseMacsPerToken: Int
  var denseMacsPerTokenWithoutDecoder: Int
  var activity: [LayerActivity]
  var usPerToken: Double

  init(_ perplexity: Perplexity, of network: Network, unknownWords: Int, usPerToken: Double) {
    let cost = FrameCost(perplexity.count, of: network)
    // The last matrix of a language model is the decoder.
    let decoder = cost.matrices.last
    self.perplexity = perplexity.value
    perplexityOfKnownWords = perplexity.knownValue
    tokens = perplexity.tokens
    self.unknownWords = unknownWords
    unknownShare = Double(unknownWords) / Double(max(tokens, 1))
    effectiveMacsPerToken = cost.effectiveMACsPerFrame
    denseMacsPerToken = cost.denseMACsPerFrame
    effectiveMacsPerTokenWithoutDecoder =
      cost.effectiveMACsPerFrame - (decoder?.effectiveMACsPerFrame ?? 0)
    denseMacsPerTokenWithoutDecoder = cost.denseMACsPerFrame - (decoder?.denseMACsPerFrame ?? 0)
    // A recurrent product reads the output of the layer for the previous word.
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
      "perplexity \(fixed(perplexity)) of \(grouped(tokens)) words, "
        + "\(grouped(unknownWords)) unknown (\(percent(unknownShare))); "
        + "\(fixed(perplexityOfKnownWords)) of all but <unk>",
      "effective MACs per word \(macs(effectiveMacsPerToken, denseMacsPerToken)), "
        + "without the decoder "
        + macs(effectiveMacsPerTokenWithoutDecoder, denseMacsPerTokenWithoutDecoder),
    ]
    if !activity.isEmpty {
      lines.append(
        "active units: "
          + activity.map { "\($0.layer) \(percent($0.activity))" }.joined(separator: ", "))
    }
    lines.append("\(fixed(usPerToken, 1)) µs per word")
    return lines.joined(separator: "\n")
  }
}
