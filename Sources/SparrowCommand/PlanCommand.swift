import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowReports
import SparrowTasks

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print the matrix formats of a network on this machine, with times.",
    discussion: """
      Each matrix gets the format that a cost model of the processor expects to be fastest, by \
      its size, the places of its zeros and the density of its input: dense (every weight), \
      events (every weight, zero inputs skipped), lookup and wideLookup (unstructured \
      non-zeros, inputs looked up in registers, within a narrow or a wide window), block \
      (blocks of 16 rows by 4 columns), columns (the non-zeros of columns, zero inputs \
      skipped). Predicted and measured times are those of one product in a step, in \
      microseconds, beside the second-best format.

      The density of inputs depends on the sound: --input names a recording to measure it on, of \
      networks that hear; \
      without it, inputs count as dense.
      """)

  @Argument(help: "A model file (default: the embedded denoiser).")
  var model: String?

  @Option(help: "A recording for measuring the density of inputs.")
  var input: String?

  @OptionGroup var format: OutputOptions

  func run() throws {
    let model = try LoadedModel(path: model)
    let set = try InstructionSet.chosen()
    var activity: [String: Double] = [:]
    if let input { activity = try model.activity(on: input) }
    let summary = PlanSummary(
      model.network, name: model.name, activity: activity, instructionSet: set)
    try format.write(summary, text: summary.text)
  }
}

/// The result of `sparrow plan`.
struct PlanSummary: Encodable {
  struct Format: Encodable {
    var format: String
    var bytes: Int
    var predictedUs: Double
    var measuredUs: Double

    init(_ candidate: MatrixChoice.Candidate, nanoseconds: Double) {
      format = candidate.format.rawValue
      bytes = candidate.byteCount
      predictedUs = candidate.nanoseconds / 1000
      measuredUs = nanoseconds / 1000
    }
  }

  struct Matrix: Encodable {
    var name: String
    var rows: Int
    var columns: Int
    var nonZeros: Int
    var inputDensity: Double
    var chosen: Format
    var secondBest: Format
  }

  var name: String
  var instructionSet: String
  var matrices: [Matrix]
  var planBytes: Int
  var stepUs: Double
  var denseStepUs: Double

  init(
    _ network: Network, name: String, activity: [String: Double], instructionSet: InstructionSet
  ) {
    self.name = name
    self.instructionSet = "\(instructionSet.name)"
    let choices = network.matrixChoices(activity: activity, instructionSet: instructionSet)
    let measured = (0..<2).map { rank in
      PlanTimes(
        choices.map { $0.packed(as: $0.candidates[rank].format) },
        activity: choices.map(\.activity)
      ).nanoseconds
    }
    matrices = choices.enumerated().map { index, choice in
      Matrix(
        name: choice.name, rows: choice.rows, columns: choice.columns,
        nonZeros: choice.nonZeroCount, inputDensity: choice.activity,
        chosen: Format(choice.candidates[0], nanoseconds: measured[0][index]),
        secondBest: Format(choice.candidates[1], nanoseconds: measured[1][index]))
    }
    let plan = Plan(network, activity: activity, instructionSet: instructionSet)
    planBytes = plan.byteCount
    stepUs = PlanTimes.step(of: plan) / 1000
    denseStepUs =
      PlanTimes.step(of: Plan(network, format: .dense, instructionSet: instructionSet)) / 1000
  }

  var text: String {
    let rows = matrices.map { matrix in
      [
        matrix.name, "\(matrix.rows)×\(matrix.columns)", grouped(matrix.nonZeros),
        percent(matrix.inputDensity), matrix.chosen.format, grouped(matrix.chosen.bytes),
        fixed(matrix.chosen.predictedUs, 3), fixed(matrix.chosen.measuredUs, 3),
        matrix.secondBest.format, fixed(matrix.secondBest.predictedUs, 3),
        fixed(matrix.secondBest.measuredUs, 3),
      ]
    }
    let chosen = matrices.map(\.chosen)
    let sum = [
      "total", "", grouped(matrices.reduce(0) { $0 + $1.nonZeros }), "", "",
      grouped(chosen.reduce(0) { $0 + $1.bytes }),
      fixed(chosen.reduce(0) { $0 + $1.predictedUs }, 3),
      fixed(chosen.reduce(0) { $0 + $1.measuredUs }, 3), "", "", "",
    ]
    return """
      \(name) on \(instructionSet)
      \(table(
        [
          "matrix", "size", "non-zeros", "inputs", "format", "bytes", "predicted", "measured",
          "second best", "predicted", "measured",
        ], rows + [sum]))
      a step: \(fixed(stepUs, 2)) µs; with every matrix dense: \
      \(fixed(denseStepUs, 2)) µs; plan \(grouped(planBytes)) bytes
      """
  }
}
