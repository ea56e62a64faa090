import ArgumentParser
import Foundation
import Sparrow
import SparrowFiles
import SparrowHardware
import SparrowReports

struct ExperimentsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiments",
    abstract: "Repeat experiments of papers on simulated chips.",
    discussion: """
      SHARP and its competitors on the networks of the papers, and the denoiser on neuron \
      cores and on a graphics processor. Simulated numbers are shown beside published ones, \
      with their sensitivity to halved and doubled parameters that are recalled or assumed.

      The output folder gets report.md, report.json and timeline.svg. The denoiser's part \
      needs a recording.
      """)

  @Argument(help: "A fixed-point model file (default: the embedded denoiser).")
  var model: String?

  @Option(help: "A recording for the denoiser.")
  var input: String?

  @Option(help: "The output folder, which is created if missing.")
  var output: String?

  @OptionGroup var format: OutputOptions

  func validate() throws {
    if model != nil && input == nil { throw ValidationError("a model needs a recording: --input") }
  }

  func run() throws {
    let start = ContinuousClock.now
    // Errors in the input come before the simulation.
    let subject = try input.map { input in
      let model = try LoadedModel(path: model)
      let simulated = try SimulatedModel(
        model, input: input, seconds: 4, steps: 1, isDense: false)
      return (network: model.network, frames: simulated.frames)
    }
    let progress = ProgressBar()
    var sharp = try SharpExperiments()
    var tables = try sharp.tables { progress.show((input == nil ? 1 : 0.8) * $0, $1) }
    if let subject {
      progress.show(0.8, "denoiser")
      tables += try DenoiserExperiment(subject.network, frames: subject.frames)
        .tables { progress.show(0.8 + 0.2 * $0, "denoiser") }
    }
    progress.clear()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let report = ExperimentReport(
      kind: "simulated", sparrowVersion: Sparrow.sparrowVersion, tables: tables,
      simulatedArrayCycles: sharp.simulatedCycles)
    if let output { try write(report, to: output) }
    try format.write(report, text: report.markdown)
    note(
      "\(fixed(sharp.simulatedCycles / 1e6, 0)) million array cycles simulated; all took "
        + "\(fixed(seconds, 1)) s")
  }

  private func write(_ report: ExperimentReport, to folder: String) throws {
    try Files.makeFolder(folder)
    func write(_ text: String, _ name: String) throws {
      try Files.write(Array(text.utf8), to: "\(folder)/\(name)")
    }
    let chip = try ArrayChip(ChipFile.named("sharp").setting("multipliers", to: 4096))
    let layer = WorkloadLayer.lstm("LSTM", inputs: 256, units: 256)
    let timelines = try Schedule.allCases.map {
      try chip.timeline(
        of: layer.products[0], steps: 3, schedule: $0, setting: TileSetting(height: 64))
    }
    try write(
      Timeline.figure(
        timelines,
        title: "Three steps of an LSTM of 256 units on SHARP with 4 K multipliers, K = 64"),
      "timeline.svg")
    try write("# Chips, simulated\n\n![Timelines](timeline.svg)\n\n" + report.markdown, "report.md")
    try write(try jsonText(report, isPretty: true) + "\n", "report.json")
  }
}

private struct ExperimentReport: Encodable {
  var kind: String
  var sparrowVersion: String
  var tables: [ResultTable]
  var simulatedArrayCycles: Double

  var markdown: String { tables.map(\.markdown).joined(separator: "\n") }
}
