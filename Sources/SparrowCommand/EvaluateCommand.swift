import ArgumentParser
import Foundation
import SparrowTasks
import SparrowTraining

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Score a denoiser on pairs of noisy and clean recordings.",
    discussion: """
      The folder has noisy/ and clean/ with files of the same names and, if scores are wanted by \
      signal-to-noise ratio, mixtures.tsv with columns id (the name without its ending) and snr_db. \
      Scores are means over files of the scale-invariant signal-to-noise ratio in dB.
      """)

  @Argument(help: "A model file; the embedded denoiser without it.")
  var model: String?

  @Option(help: "The folder of recordings.")
  var data: String

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let (plan, frontEnd) = try LoadedModel(path: model).denoiser()
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let scores = try DenoisingEvaluation(plan, frontEnd: frontEnd).run(
      folder: data, workers: Workers(count: threads))
    print(json ? try jsonText(scores) : text(scores))
  }

  private func text(_ scores: DenoisingScores) -> String {
    var rows = scores.bySnr.map { score in
      [
        "\(fixed(score.snrDb, 0)) dB", "\(score.files)", fixed(score.noisySiSnrDb),
        fixed(score.siSnrDb), fixed(score.siSnrImprovementDb),
      ]
    }
    rows.append([
      "all", "\(scores.files)", fixed(scores.noisySiSnrDb), fixed(scores.siSnrDb),
      fixed(scores.siSnrImprovementDb),
    ])
    return table(["SNR", "files", "noisy SI-SNR", "SI-SNR", "improvement"], rows)
  }
}
