import ArgumentParser
import Foundation
import Sparrow
import SparrowReports
import SparrowTasks
import SparrowText
import SparrowTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a network on recordings, and count its operations.",
    discussion: """
      A denoiser is scored on a folder with noisy/ and clean/, which have files of the same \
      names, and optionally mixtures.tsv with the columns id (the name without extension) and \
      snr_db for scores by signal-to-noise ratio. Scores are means over files of the \
      scale-invariant signal-to-noise ratio (SI-SNR) in dB. Every file starts from a fresh \
      state; with --stream all files are one stream, as from a microphone that is left on, and \
      are scored one by one.

      A keyword spotter is scored on a folder of word folders, WORD/RECORDING. `accuracy` is \
      the fraction of recordings whose word has the highest smoothed probability at any time; \
      `found` also requires that it reaches the network's threshold. --noise adds noise from a \
      folder at --snr dB; --denoise removes noise first, with the embedded denoiser. With --stream \
      the recordings are one stream, in a random order that is always the same, and a word is \
      found if it is detected by half a second after its end.

      MACs are multiply-accumulates of matrices, means over all frames: dense, of non-zero \
      weights, of non-zero activations, and of both (effective).

      A language model is scored by its perplexity on a text, plain or compressed by gzip.

      A classifier of series is scored on the recordings of a manifest: a table with the columns \
      label, one with files of frames (--column) and others, such as split, that choose rows \
      (--split, --where). Every recording begins with a fresh state; the time to decision is that \
      until a class first reaches the network's threshold.

      `sparrow report` compares networks by the JSON of several evaluations.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(help: "The folder of recordings, the text, or the manifest.")
  var data: String

  @Option(
    help: "The family in comparisons (default: \"dense\" or \"sparse\", by its weights).")
  var family: String?

  @Option(help: "The label within its family (default: its width).")
  var label: String?

  @Flag(help: "Denoisers and spotters: join the recordings into one stream.")
  var stream = false

  @Option(help: "With --stream: seconds of digital silence before each recording.")
  var gap: Double?

  @Option(
    help: ArgumentHelp(
      "Spotters: a file with the relative paths of the recordings to use, one per line. "
        + "Classifiers: the value of the column `split`."))
  var split: String?

  @OptionGroup var manifest: ManifestOptions

  @Option(help: "Spotters: a folder of noises.")
  var noise: String?

  @Option(help: "Spotters: the signal-to-noise ratio with --noise, in dB.")
  var snr: Double?

  @Flag(help: "Spotters: remove noise first.")
  var denoise = false

  @Option(
    help: ArgumentHelp(
      "Denoisers: write a page with spectrograms and sounds of the three worst and the three best "
        + "recordings, and its numbers as JSON beside it.", valueName: "file.html"))
  var html: String?

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard (noise == nil) == (snr == nil) else {
      throw ValidationError("--noise and --snr go together")
    }
    if let snr, !(-200...200).contains(snr) {
      throw ValidationError("--snr takes a number of dB from -200 to 200")
    }
    if let gap {
      guard stream else { throw ValidationError("--gap goes with --stream") }
      guard (0...600).contains(gap) else {
        throw ValidationError("--gap takes a number of seconds from 0 to 600")
      }
    }
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    guard html == nil || model.network.spectralFrontEnd != nil else {
      throw ValidationError("--html is for denoisers")
    }
    let workers = Workers(count: ProcessInfo.processInfo.activeProcessorCount)
    if model.network.seriesFrontEnd != nil { return try evaluateClassifier(model, workers) }
    guard !manifest.isUsed else {
      throw ValidationError("--column and --where are for classifiers")
    }
    if model.network.keywordFrontEnd != nil {
      let (plan, frontEnd) = try model.spotter()
      var conditions = KeywordEvaluation.Conditions()
      conditions.noise = noise.map { ($0, snr!) }
      if denoise { conditions.denoiser = try LoadedModel(path: nil).denoiser(before: frontEnd) }
      let evaluation = KeywordEvaluation(plan, frontEnd: frontEnd)
      let folder = try WordFolder(data, split: split)
      if stream {
        let outcome = try evaluation.run(asStream: folder, gap: gap ?? 0, conditions: conditions)
        try report(model, plan, outcome.scores, outcome.count) { $0.text }
      } else {
        let outcome = try evaluation.run(folder, conditions: conditions, workers: workers)
        try report(model, plan, outcome.scores, outcome.count) { $0.text }
      }
      return
    }
    if model.network.languageFrontEnd != nil {
      guard !stream, split == nil, noise == nil, !denoise else {
        throw ValidationError("language models take --data, and no option of sounds")
      }
      let plan = try model.languageModel(weights: .single)
      let (perplexity, unknown) = try Perplexity.measure(plan, text: data)
      let scores = LanguageScores(
        perplexity: perplexity.value, tokens: perplexity.tokens, unknownWords: unknown)
      try report(model, plan.plan, scores, perplexity.count) {
        "perplexity \(fixed($0.perplexity)) of \(grouped($0.tokens)) words, "
          + "\(grouped($0.unknownWords)) unknown"
      }
      return
    }
    guard split == nil, noise == nil, !denoise else {
      throw ValidationError("--split, --noise and --denoise are for spotters")
    }
    let plan = try model.denoiser()
    let outcome = try DenoisingEvaluation(plan).run(
      folder: data, order: stream ? .stream(gap: gap ?? 0) : .oneByOne, workers: workers)
    if let html {
      try DenoisingPages.write(outcome, of: model, folder: data, to: html)
    }
    try report(model, plan, outcome.scores, outcome.count) { $0.text }
  }

  private func evaluateClassifier(_ model: LoadedModel, _ workers: Workers) throws {
    guard !stream, noise == nil, !denoise else {
      throw ValidationError("classifiers take --data, --column, --split and --where")
    }
    let (plan, frontEnd) = try model.classifier()
    let recordings = try manifest.recordings(
      of: data, split: split, classes: frontEnd.classes, width: plan.inputWidth)
    let (scores, count) = SeriesValidation(recordings, frontEnd: frontEnd)
      .run(plan, workers: workers)
    try report(model, plan, scores, count) { $0.text }
  }

  private func report<Scores: Codable & Sendable>(
    _ model: LoadedModel, _ plan: Plan, _ scores: Scores, _ count: OperationCount,
    text: (Scores) -> String
  ) throws {
    let size = NetworkSize(model.network, plan: plan)
    let result = EvaluationResult(
      network: EvaluatedNetwork(
        model.network, model: model.name, size: size, family: family, label: label),
      size: size, cost: FrameCost(count, of: model.network), scores: scores)
    try format.write(result, text: [text(scores), result.cost.text].joined(separator: "\n\n"))
  }
}

/// The scores of a language model on a text.
private struct LanguageScores: Codable, Sendable {
  /// e to the power of the mean negative log-probability of a word.
  var perplexity: Double
  /// Words, ends of lines included.
  var tokens: Int
  var unknownWords: Int
}

extension KeywordScores {
  fileprivate var text: String {
    var lines = [
      "accuracy \(percent(accuracy)) of \(clips) recordings; \(percent(found)) with the threshold"
    ]
    if otherClips > 0 {
      lines.append("a word was heard in \(percent(falseAlarms)) of \(otherClips) other recordings")
    }
    let rows = zip(classes, confusion).filter { $1.contains { $0 > 0 } }.map { name, row in
      [name] + row.map { $0 == 0 ? "·" : "\($0)" }
    }
    lines.append(table(["said / heard"] + classes, rows))
    return lines.joined(separator: "\n")
  }
}

extension SeriesScores {
  fileprivate var text: String {
    let quarters = accuracyByQuarter.map(percent).joined(separator: ", ")
    let mistakes = zip(classes, confusion).enumerated().flatMap { label, row in
      row.1.enumerated().filter { $0.offset != label && $0.element > 0 }.map {
        (count: $0.element, text: "\(row.0) taken for \(classes[$0.offset]) \($0.element)×")
      }
    }.sorted { $0.count > $1.count }
    return [
      "accuracy \(percent(accuracy)) of \(recordings) recordings; after each quarter \(quarters)",
      "decided in \(percent(decided)), \(percent(decidedRight)) of these rightly, after "
        + "\(fixed(timeToDecision)) s, \(percent(fractionToDecision)) of a recording",
      mistakes.prefix(8).map(\.text).joined(separator: "\n"),
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension KeywordStreamScores {
  fileprivate var text: String {
    let heard = Int((found * Double(clips)).rounded())
    return "\(heard) of \(clips) words found (\(percent(found))) in one stream of "
      + "\(fixed(seconds / 60, 1)) minutes, \(confused) taken for others, \(falseAlarms) false "
      + "alarms (\(fixed(falseAlarmsPerHour, 1)) an hour, \(otherClips) recordings of other words)"
  }
}

extension DenoisingScores {
  fileprivate var text: String {
    var rows = bySNR.map { score in
      [
        "\(fixed(score.snr, 0)) dB", "\(score.files)", fixed(score.noisySISNR),
        fixed(score.siSNR), fixed(score.siSNRImprovement),
      ]
    }
    rows.append([
      "all", "\(files)", fixed(noisySISNR), fixed(siSNR), fixed(siSNRImprovement),
    ])
    return table(["SNR", "files", "noisy SI-SNR", "SI-SNR", "improvement"], rows)
  }
}

extension FrameCost {
  fileprivate var text: String {
    func row(
      _ name: String, _ dense: Int, _ weights: Int, _ activations: Double, _ effective: Double
    ) -> [String] {
      [
        name, grouped(dense), grouped(weights), grouped(Int(activations.rounded())),
        grouped(Int(effective.rounded())), percent(activations / Double(max(dense, 1))),
      ]
    }
    var rows = matrices.map {
      row(
        $0.name, $0.denseMACsPerFrame, $0.nonZeroWeightMACsPerFrame,
        $0.nonZeroActivationMACsPerFrame, $0.effectiveMACsPerFrame)
    }
    rows.append(
      row(
        "total", denseMACsPerFrame, nonZeroWeightMACsPerFrame, nonZeroActivationMACsPerFrame,
        effectiveMACsPerFrame))
    let heading = [
      "MACs a frame", "dense", "non-zero weights", "non-zero activations", "both (effective)",
      "activation density",
    ]
    return table(heading, rows)
      + "\n\(grouped(frames)) frames; besides, \(grouped(pointwiseMultiplicationsPerFrame)) "
      + "pointwise multiplications a frame"
      + (saturations.map { "; \(grouped($0)) values were clipped in all" } ?? "")
  }
}
