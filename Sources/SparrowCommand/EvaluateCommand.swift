import ArgumentParser
import Foundation
import Sparrow
import SparrowReports
import SparrowTasks
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

      A speech recogniser is scored on the recordings of a manifest: a table with the columns \
      path, label, which has the transcript, and others that choose rows (--split, --where). \
      Substitutions, deletions and insertions are those of the fewest differences in words and in \
      characters. --words, --sentences and --beam are those of `sparrow transcribe`.

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
        + "Classifiers and speech: the value of the column `split`."))
  var split: String?

  @OptionGroup var manifest: ManifestOptions

  @OptionGroup var decoding: DecodingOptions

  @Option(help: "Spotters: a folder of noises.")
  var noise: String?

  @Option(help: "Spotters: the signal-to-noise ratio with --noise, in dB.")
  var snr: Double?

  @Flag(help: "Spotters: remove noise first.")
  var denoise = false

  @Option(
    help: ArgumentHelp(
      "Denoisers: write a page with spectrograms and sounds of the three worst and the three best "
        + "recordings, and its numbers as FILE.html.json.", valueName: "file.html"))
  var html: String?

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard (noise == nil) == (snr == nil) else {
      throw ValidationError("--noise and --snr go together")
    }
    try checkPage(html, option: "--html", others: [model, data])
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
    let task = try model.task()
    if let option = given.first(where: { !task.options.contains($0) }) {
      throw ValidationError("--\(option.rawValue) is for \(Self.networks(with: option))")
    }
    var data = EvaluationData(
      path: data, workers: Workers(count: ProcessInfo.processInfo.activeProcessorCount),
      instructionSet: try InstructionSet.chosen())
    data.isStream = stream
    data.gap = gap ?? 0
    data.split = split
    data.columns = manifest.columns
    data.decoding = decoding.speech
    data.noise = noise.map { ($0, snr!) }
    if denoise, let sound = model.network.frontEnd?.sound {
      data.denoiser = try LoadedModel(path: nil).denoiser(before: sound)
    }
    let progress = ProgressBar()
    data.progress = progress.show
    let evaluation = try task.evaluate(model.network, on: data)
    progress.clear()
    if let html, let outcome = evaluation.details as? DenoisingEvaluation.Outcome {
      try DenoisingPages.write(outcome, of: model, folder: data.path, to: html)
    }
    try report(model, evaluation, evaluation.scores)
  }

  /// The options that are given and that not every task has.
  private var given: [EvaluationOption] {
    let own: [(EvaluationOption, Bool)] = [
      (.stream, stream), (.gap, gap != nil), (.split, split != nil), (.noise, noise != nil),
      (.denoise, denoise), (.html, html != nil),
    ]
    return own.filter(\.1).map(\.0) + manifest.given + decoding.given
  }

  /// The networks of the tasks that have an option, as "denoisers and keyword spotters".
  static func networks(with option: EvaluationOption) -> String {
    Tasks.all.filter { $0.options.contains(option) }.map { $0.networks }
      .joined(separator: " and ")
  }

  private func report(
    _ model: LoadedModel, _ evaluation: TaskEvaluation, _ scores: some Codable & Sendable
  ) throws {
    let size = NetworkSize(model.network, plan: evaluation.plan)
    let result = EvaluationResult(
      network: EvaluatedNetwork(
        model.network, model: model.name, size: size, family: family, label: label),
      size: size, cost: FrameCost(evaluation.count, of: model.network), scores: scores)
    try format.write(result, text: [evaluation.text, result.cost.text].joined(separator: "\n\n"))
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
