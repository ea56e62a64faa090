import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowReports
import SparrowTraining

struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Set a network's smallest weights to zero, without training.",
    discussion: """
      For networks from elsewhere: a first look at what zeros would save. How much a network \
      loses depends on it: score the result with `sparrow evaluate`. Large networks may bear a \
      half, small ones little; more needs training (`"pruning"` in a recipe), which the same \
      options describe.

      The table has the zeros of each matrix before and after; below it, times of a step on this \
      machine, measured, and predicted by the cost model that chooses formats.
      """)

  @Argument(help: "A model file in floating point.")
  var model: String

  @Option(help: "The fraction of zeros over all matrices, from 0 to less than 1.")
  var sparsity = 0.9

  @Option(
    help: """
      The distribution over matrices: uniform; erk (small and elongated matrices are denser); \
      global (the smallest weights of all).
      """)
  var distribution = "erk"

  @Option(
    help: """
      The pattern of zeros: unstructured; balanced (rows of a tile have equally many); block (16 \
      rows by 4 columns).
      """)
  var pattern = "unstructured"

  @Option(
    parsing: .singleValue,
    help: "A part of the names of matrices that stay as they are; may be given more than once.")
  var exclude: [String] = []

  @OptionGroup var information: InformationOptions

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @OptionGroup var format: OutputOptions

  private func options() throws -> PruningOptions {
    guard let distribution = PruningOptions.Distribution(rawValue: distribution) else {
      throw ValidationError(
        "--distribution is \"\(distribution)\"; expected uniform, erk or global")
    }
    guard let pattern = PruningOptions.Pattern(rawValue: pattern) else {
      throw ValidationError(
        "--pattern is \"\(pattern)\"; expected unstructured, balanced or block")
    }
    guard sparsity >= 0, sparsity < 1 else {
      throw ValidationError("--sparsity takes 0 to less than 1")
    }
    guard distribution != .global || pattern == .unstructured else {
      throw ValidationError("--distribution global takes --pattern unstructured")
    }
    return PruningOptions(
      sparsity: sparsity, distribution: distribution, pattern: pattern, excluded: exclude)
  }

  func validate() throws { _ = try options() }

  func run() throws {
    let model = try LoadedModel(path: model)
    let names = model.network.matrixDescriptions.map(\.name)
    if let part = exclude.first(where: { part in !names.contains { $0.contains(part) } }) {
      throw ValidationError(
        "--exclude \(part) is in the name of no matrix: "
          + names.joined(separator: ", "))
    }
    let options = try options()
    var pruned: Network
    do throws(TrainingError) { pruned = try model.network.pruned(options) } catch {
      throw FileError(path: model.name, error)
    }
    pruned.information["sparrowVersion"] = sparrowVersion
    information.add(to: &pruned)
    let summary = PruningSummary(model.network, pruned, output, try InstructionSet.chosen())
    try Files.write(pruned.modelFile(), to: output)
    try format.write(summary, text: summary.text)
  }
}

/// The result of `sparrow prune`.
private struct PruningSummary: Encodable {
  struct Matrix: Encodable {
    var name: String
    var rows: Int
    var columns: Int
    var sparsityBefore: Double
    var sparsity: Double
  }

  var output: String
  var matrices: [Matrix]
  var sparsity: Double
  var stepUsBefore: Double
  var stepUs: Double
  var predictedUsBefore: Double
  var predictedUs: Double

  init(_ network: Network, _ pruned: Network, _ output: String, _ set: InstructionSet) {
    self.output = output
    matrices = network.matrixDescriptions.map {
      Matrix(
        name: $0.name, rows: $0.rows, columns: $0.columns, sparsityBefore: network.sparsity(of: $0),
        sparsity: pruned.sparsity(of: $0))
    }
    let weights = network.matrixDescriptions.reduce(0) { $0 + $1.count }
    let kept = pruned.nonZeroWeightCount
    sparsity = 1 - Double(kept) / Double(max(weights, 1))
    func measured(_ network: Network) -> Double {
      PlanTimes.step(of: Plan(network, instructionSet: set)) / 1000
    }
    func predicted(_ network: Network) -> Double {
      network.matrixChoices(activity: [:], instructionSet: set)
        .reduce(0) { $0 + $1.candidates[0].nanoseconds } / 1000
    }
    (stepUsBefore, stepUs) = (measured(network), measured(pruned))
    (predictedUsBefore, predictedUs) = (predicted(network), predicted(pruned))
  }

  var text: String {
    let rows = matrices.map {
      [$0.name, "\($0.rows)×\($0.columns)", percent($0.sparsityBefore), percent($0.sparsity)]
    }
    return """
      \(table(["matrix", "size", "zeros before", "zeros"], rows))
      \(percent(sparsity)) zeros; a step takes \(fixed(stepUs)) µs, before \
      \(fixed(stepUsBefore)) µs (measured); products \(fixed(predictedUs)) µs, before \
      \(fixed(predictedUsBefore)) µs (predicted)
      """
  }
}
