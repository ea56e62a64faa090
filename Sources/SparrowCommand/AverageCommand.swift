import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowReports
import SparrowTraining

struct AverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "average",
    abstract: "Average the parameters of networks that were trained from one another.",
    discussion: """
      A network and what it was tuned to often have a mean that is better than both of them, on \
      what the first was trained for and on what the second was. Score some weights with \
      `sparrow evaluate` on recordings that no training saw. Networks that were trained apart \
      have no use for it: their units are not the same ones.

      Front end and information are the first model's. What is zero in all of them stays zero.
      """)

  @Argument(help: "Model files in floating point, with the same layers.")
  var models: [String]

  @Option(
    parsing: .upToNextOption,
    help: "The weight of each model, in any unit: 0.4 0.6 (default: all alike).")
  var weights: [Double] = []

  @OptionGroup var information: InformationOptions

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard models.count > 1 else { throw ValidationError("expected two models or more") }
    guard weights.isEmpty || weights.count == models.count else {
      throw ValidationError("--weights has \(weights.count) numbers for \(models.count) models")
    }
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), weights.isEmpty || weights.max()! > 0
    else { throw ValidationError("--weights takes numbers from 0 on, not all of them 0") }
  }

  func run() throws {
    let networks = try models.map { try LoadedModel(path: $0).network }
    let shares = weights.isEmpty ? networks.map { _ in 1 } : weights
    var mean: Network
    do throws(TrainingError) { mean = try .average(networks, weights: shares) } catch {
      throw FileError(path: models.joined(separator: ", "), error)
    }
    mean.information["sparrowVersion"] = sparrowVersion
    information.add(to: &mean)
    let bytes = mean.modelFile()
    try Files.write(bytes, to: output)
    let summary = AverageSummary(
      path: output, bytes: bytes.count, models: models,
      weights: shares.map { $0 / shares.reduce(0, +) },
      nonZeroWeights: mean.nonZeroWeightCount)
    try format.write(summary, text: summary.text)
  }
}

/// The result of `sparrow average`.
private struct AverageSummary: Encodable {
  var path: String
  var bytes: Int
  var models: [String]
  var weights: [Double]
  var nonZeroWeights: Int

  var text: String {
    let parts = zip(models, weights).map { "\(percent($1)) of \($0)" }
    return """
      \(path): \(grouped(bytes)) bytes, \(grouped(nonZeroWeights)) non-zero weights: \
      \(parts.joined(separator: ", "))
      """
  }
}
