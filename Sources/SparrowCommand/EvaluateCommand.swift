import ArgumentParser
import Foundation
import Sparrow
import SparrowTasks
import SparrowTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a network on recordings, and count what it does.",
    discussion: """
      A denoiser is scored on pairs of noisy and clean recordings. The folder has noisy/ and clean/ with files of the same names and, if scores are wanted by \
      signal-to-noise ratio, mixtures.tsv with columns id (the name without its ending) and snr_db. \
      Scores are means over files of the scale-invariant signal-to-noise ratio in dB.

      A keyword spotter is scored on a folder of word folders, WORD/RECORDING; `accuracy` is the share of \
      recordings in which the right word is the likeliest at any time, and a word counts as heard where \
      its averaged probability besides reaches the network's threshold. --noise adds noise from a folder \
      at --snr dB over each recording's length; --denoise removes noise with the embedded denoiser first.

      MACs are multiply-accumulates of matrices, means over all frames of the recordings: of the dense \
      matrices; those that are left where only zeros of weights are skipped; where only zeros of \
      activations are; and where both are (effective).

      `sparrow report` compares networks by the JSON of several evaluations.
      """)

  @Argument(help: "A model file; the embedded denoiser without it.")
  var model: String?

  @Option(help: "The folder of recordings.")
  var data: String

  @Option(
    help: "What the network is compared as; \"dense\" or \"sparse\", by its weights, without it.")
  var family: String?

  @Option(help: "What tells it from others of its family; its width without it.")
  var label: String?

  @Option(
    help: "Of a spotter: a file that names the recordings to take, one a line, from the folder on.")
  var split: String?

  @Option(help: "Of a spotter: a folder of noises.")
  var noise: String?

  @Option(help: "Of a spotter: dB of recordings over --noise.")
  var snr: Double?

  @Flag(help: "Of a spotter: remove noise first.")
  var denoise = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (noise == nil) == (snr == nil) else {
      throw ValidationError("--noise and --snr go together")
    }
    if let snr, !(-200...200).contains(snr) {
      throw ValidationError("--snr takes a number of dB from -200 to 200")
    }
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    let workers = Workers(count: ProcessInfo.processInfo.activeProcessorCount)
    if model.network.keywordFrontEnd != nil {
      let (plan, frontEnd) = try model.spotter()
      var conditions = KeywordEvaluation.Conditions()
      conditions.noise = noise.map { ($0, snr!) }
      if denoise { conditions.denoiser = try LoadedModel(path: nil).denoiser(before: frontEnd) }
      let outcome = try KeywordEvaluation(plan, frontEnd: frontEnd).run(
        WordFolder(data, split: split), conditions: conditions, workers: workers)
      try report(model, plan, outcome.scores, outcome.count) { $0.text }
      return
    }
    guard split == nil, noise == nil, !denoise else {
      throw ValidationError("--split, --noise and --denoise are for spotters")
    }
    let (plan, frontEnd) = try model.denoiser()
    let outcome = try DenoisingEvaluation(plan, frontEnd: frontEnd).run(
      folder: data, workers: workers)
    try report(model, plan, outcome.scores, outcome.count) { $0.text }
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
    try show(
      json ? try jsonText(result) : [text(scores), result.cost.text].joined(separator: "\n\n"))
  }
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

extension DenoisingScores {
  fileprivate var text: String {
    var rows = bySnr.map { score in
      [
        "\(fixed(score.snrDb, 0)) dB", "\(score.files)", fixed(score.noisySiSnrDb),
        fixed(score.siSnrDb), fixed(score.siSnrImprovementDb),
      ]
    }
    rows.append([
      "all", "\(files)", fixed(noisySiSnrDb), fixed(siSnrDb), fixed(siSnrImprovementDb),
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
        $0.name, $0.denseMacsPerFrame, $0.nonZeroWeightMacsPerFrame,
        $0.nonZeroActivationMacsPerFrame, $0.effectiveMacsPerFrame)
    }
    rows.append(
      row(
        "total", denseMacsPerFrame, nonZeroWeightMacsPerFrame, nonZeroActivationMacsPerFrame,
        effectiveMacsPerFrame))
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
