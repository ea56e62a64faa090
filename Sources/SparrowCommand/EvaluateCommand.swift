import ArgumentParser
import Foundation
import Sparrow
import SparrowTasks
import SparrowTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a denoiser on pairs of noisy and clean recordings, and count what it does.",
    discussion: """
      The folder has noisy/ and clean/ with files of the same names and, if scores are wanted by \
      signal-to-noise ratio, mixtures.tsv with columns id (the name without its ending) and snr_db. \
      Scores are means over files of the scale-invariant signal-to-noise ratio in dB.

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

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let model = try LoadedModel(path: model)
    let (plan, frontEnd) = try model.denoiser()
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let outcome = try DenoisingEvaluation(plan, frontEnd: frontEnd).run(
      folder: data, workers: Workers(count: threads))
    let size = NetworkSize(model.network, plan: plan)
    let result = EvaluationResult(
      network: EvaluatedNetwork(
        model.network, model: model.name, size: size, family: family, label: label),
      size: size, cost: FrameCost(outcome.count, of: model.network), scores: outcome.scores)
    print(
      json
        ? try jsonText(result) : [result.scores.text, result.cost.text].joined(separator: "\n\n"))
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
