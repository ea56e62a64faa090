import Foundation
import Sparrow
package import SparrowFiles
import SparrowTraining

/// Everything that the page of training runs shows: the JSON beside it.
package struct RunReport: Codable, Sendable {
  package var title: String
  package var sparrowVersion: String
  package var runs: [Run]

  /// One training run.
  package struct Run: Codable, Sendable {
    package var name: String
    package var path: String
    package var title: String?
    /// Whether the final network is there.
    package var isFinished: Bool
    package var step: Int
    package var steps: Int?
    package var seconds: Double?
    package var parameters: Int?
    package var instructionSet: String?
    /// The unit of throughput, as "audio-seconds".
    package var unit: String?
    package var unitsPerSecond: Double?
    package var unitsPerBatch: Double?
    package var unitsPerEpoch: Double?
    package var dataFingerprint: String?
    /// The best validation score, and its step.
    package var bestScore: Double?
    package var bestStep: Int?
    package var lastLoss: Double?
    /// The recipe by paths; empty for runs of versions that did not write it.
    package var settings: [String: String]
    package var curves: [RunHistory.Curve]
    package var matrices: [Matrix]
    package var recurrences: [Recurrence]
    package var fixedPoint: [Place]
  }

  /// A matrix of the network as it is now.
  package struct Matrix: Codable, Sendable {
    package var name: String
    package var rows: Int
    package var columns: Int
    package var sparsity: Double
    /// The fraction of non-zero inputs in an evaluation beside the run; nil without one.
    package var activationDensity: Double?
  }

  /// The time constants of a linear recurrence: frames in which states fall to 1/e.
  package struct Recurrence: Codable, Sendable {
    package var layer: String
    package var states: Int
    package var shortest: Double
    package var median: Double
    package var longest: Double
    /// All of them, shortest first.
    package var timeConstants: [Double]
    /// Milliseconds per frame; nil for networks without sound.
    package var frameMilliseconds: Double?
  }

  /// A place with rounding, of a `sparrow quantize --json` beside the run.
  package struct Place: Codable, Sendable {
    package var name: String
    package var bits: Int
    package var exponent: Int
    package var largest: Double
    package var saturations: Int
    package var values: Int
  }

  /// Reads runs: folders with a log.
  ///
  /// - Parameters:
  ///   - paths: The folders, in the order of the report.
  ///   - title: The title; nil for the run's, or "Training runs".
  package init(_ paths: [String], title: String? = nil) throws(FileError) {
    // So many points are as many as can be told apart, and pages of many runs stay small.
    let points = max(40, min(400, 12_000 / max(paths.count, 1)))
    var runs: [Run] = []
    for path in paths { runs.append(try Run(path, points: points)) }
    if Set(runs.map(\.name)).count < runs.count {
      for index in runs.indices { runs[index].name = runs[index].path }
    }
    self.runs = runs
    self.title = title ?? (runs.count == 1 ? runs[0].title ?? runs[0].name : "Training runs")
    sparrowVersion = Sparrow.sparrowVersion
  }

  /// Whether a folder is one of a training run.
  package static func isRun(_ path: String) -> Bool { Files.exists("\(path)/log.jsonl") }
}

extension RunReport.Run {
  init(_ path: String, points: Int) throws(FileError) {
    let history = try RunHistory(log: "\(path)/log.jsonl")
    self.path = path
    name = (path as NSString).lastPathComponent
    step = history.lastStep
    seconds = history.seconds
    settings = [:]
    if let description: RunDescription = ReportJSON.read("\(path)/run.json") {
      steps = description.steps
      parameters = description.parameters
      instructionSet = description.instructionSet
      unit = description.unit
      unitsPerBatch = description.unitsPerBatch
      unitsPerEpoch = description.unitsPerEpoch
      dataFingerprint = description.data
      settings = description.settings
      title = description.settings["title"].flatMap {
        try? JSONDecoder().decode(String.self, from: Data($0.utf8))
      }
    }
    isFinished = Files.exists("\(path)/network.safetensors")
    let rates = (history.curves["unitsPerSecond"]?.values ?? []).sorted()
    unitsPerSecond = rates.isEmpty ? nil : rates[rates.count / 2]
    if let scores = history.curves["validation.score"],
      let best = scores.values.indices.max(by: { scores.values[$0] < scores.values[$1] })
    {
      bestScore = scores.values[best]
      bestStep = scores.steps[best]
    }
    lastLoss = history.curves["loss"]?.values.last
    curves = history.curves.values.sorted { $0.key < $1.key }.map { $0.thinned(to: points) }
    let network = ["network", "best"].lazy
      .compactMap { name in try? Files.read("\(path)/\(name).safetensors") }
      .compactMap { bytes in try? Network(modelFile: bytes) }.first
    let evaluation: Evaluation? =
      ["evaluate", "evaluate-trained"].lazy
      .compactMap { ReportJSON.read("\(path)/\($0).json") }.first
    let densities = Dictionary(
      (evaluation?.matrices ?? []).map { ($0.name, $0.activationDensity) }
    ) { first, _ in first }
    matrices = network?.matrixReports(densities) ?? []
    recurrences = network?.recurrences ?? []
    let quantization: Quantization? = ReportJSON.read("\(path)/quantize.json")
    fixedPoint = quantization?.places ?? []
  }

  private struct Evaluation: Decodable { var matrices: [MatrixCost] }
  private struct Quantization: Decodable { var places: [RunReport.Place] }
}

extension Network {
  /// The matrices, with densities of their inputs by name.
  func matrixReports(_ densities: [String: Double]) -> [RunReport.Matrix] {
    matrixDescriptions.map { matrix in
      RunReport.Matrix(
        name: matrix.name, rows: matrix.rows, columns: matrix.columns,
        sparsity: sparsity(of: matrix),
        activationDensity: densities[matrix.name])
    }
  }

  /// The time constants of all linear recurrences.
  var recurrences: [RunReport.Recurrence] {
    layers.flattened(inputWidth: inputWidth).compactMap { place in
      guard case .linearRecurrence(let layer) = place.layer else { return nil }
      let system = layer.system { self["\(place.path).\($0)"].values }
      let constants = system.a.map { a -> Double in
        let size = (a.real * a.real + a.imaginary * a.imaginary).squareRoot()
        // States that keep nothing, and those that never decay, stay on the axis.
        return min(max(-1 / log(min(max(size, 1e-6), 1 - 1e-7)), 0.05), 1e7)
      }.sorted()
      guard !constants.isEmpty else { return nil }
      return RunReport.Recurrence(
        layer: place.path, states: constants.count, shortest: constants[0],
        median: constants[constants.count / 2], longest: constants[constants.count - 1],
        timeConstants: constants,
        frameMilliseconds: frameMilliseconds)
    }
  }

  /// Milliseconds per frame; nil for networks without sound.
  var frameMilliseconds: Double? {
    frontEnd?.sound.map { 1000 * Double($0.hop) / Double($0.sampleRate) }
  }
}
