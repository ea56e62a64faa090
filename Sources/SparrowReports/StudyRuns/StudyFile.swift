import Foundation
import Sparrow
package import SparrowFiles
package import SparrowTasks

/// A study: a recipe, axes along which it is varied, and what is done with each trained network.
///
/// The file's form is in Documentation/Studies.md.
package struct StudyFile: Sendable {
  /// The path of the file.
  package let path: String
  /// The title of the report.
  package let title: String
  /// The patch of every run's recipe, with its `base`.
  package let recipe: [String: JSONValue]
  /// The axes, slowest first, without the seed.
  package let axes: [StudyAxis]
  /// The seeds; runs that differ in their seed alone are averaged.
  package let seeds: [UInt64]
  /// Combinations that are left out: labels by axis.
  package let except: [[String: [String]]]
  /// Folders with the recipe's data, relative to the study's folder.
  package let data: [String]
  /// The network that steps take: the final or the best one of a run.
  package let network: TrainedNetwork
  /// The steps after each training.
  package let steps: [StudyStep]
  /// The grouping of the report.
  package let report: StudyReportOptions
  /// The options of Slurm jobs.
  package let slurm: SlurmOptions

  /// A network that a training leaves.
  package enum TrainedNetwork: String, Codable, Sendable {
    /// The one after the last step.
    case final
    /// The one with the best validation score.
    case best

    var file: String { self == .final ? "network.safetensors" : "best.safetensors" }
  }

  /// Reads a study.
  ///
  /// - Throws: `FileError` if the file cannot be read, is no study, or has axes that clash.
  package init(contentsOf path: String) throws(FileError) {
    func refuse(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
    let bytes = Files.withoutByteOrderMark(
      try Files.read(path, limit: FileLimits.description))
    let form: Form
    do throws(JSONSyntax.Problem) { try JSONSyntax.check(bytes) } catch {
      throw refuse("the study is not valid JSON: \(error)")
    }
    do { form = try JSONDecoder().decode(Form.self, from: Data(bytes)) } catch {
      throw refuse(
        "the study is not valid: " + ((error as? DecodingError)?.summary ?? "\(error)"))
    }
    self.path = path
    title = form.title
    recipe = form.recipe
    axes = form.axes ?? []
    seeds = form.seeds ?? [1]
    except = (form.except ?? []).map { $0.mapValues(\.labels) }
    data = form.data ?? []
    network = form.network ?? .final
    steps = form.steps ?? []
    report = form.report ?? StudyReportOptions()
    slurm = form.slurm ?? SlurmOptions()
    do throws(StudyProblem) { try check() } catch { throw refuse(error.reason) }
  }

  /// Each run of a plan holds its whole recipe.
  private static let mostRuns = 10_000

  /// The runs before any is left out, or a number beyond all that are allowed.
  private var combinationCount: Int {
    ([seeds.count] + axes.map(\.values.count)).reduce(1) { min($0, Self.mostRuns + 1) * $1 }
  }

  private func check() throws(StudyProblem) {
    let names = axes.map(\.name)
    guard Set(names + ["seed"]).count == names.count + 1 else {
      throw StudyProblem("two axes have one name, or one is called \"seed\"; see `seeds`")
    }
    guard !seeds.isEmpty, Set(seeds).count == seeds.count else {
      throw StudyProblem("`seeds` are empty or have one twice")
    }
    guard combinationCount <= Self.mostRuns else {
      throw StudyProblem(
        "its axes and seeds have more than \(Self.mostRuns) combinations; divide it")
    }
    for (index, axis) in axes.enumerated() {
      for other in axes[..<index] {
        if let place = axis.clash(with: other) {
          throw StudyProblem(
            "the axes \"\(other.name)\" and \"\(axis.name)\" clash: both set \(place)")
        }
      }
    }
    if seeds.count > 1, let axis = axes.first(where: { $0.sets(["run", "seed"]) }) {
      throw StudyProblem("the axis \"\(axis.name)\" and `seeds` clash: both set run.seed")
    }
    for group in except {
      for (name, labels) in group {
        try checkLabels(labels, of: name, in: "`except`")
      }
    }
    if let family = report.family, !names.contains(family) {
      throw StudyProblem("`report.family` is \"\(family)\", which is no axis")
    }
    try StudyStep.check(steps)
    try slurm.check()
  }

  /// Checks that an axis has values of these labels.
  package func checkLabels(
    _ labels: [String], of name: String, in place: String
  ) throws(StudyProblem) {
    let known =
      name == "seed"
      ? seeds.map { "\($0)" } : axes.first { $0.name == name }?.values.map(\.label)
    guard let known else {
      let names = (axes.map(\.name) + ["seed"]).map { "\"\($0)\"" }.joined(separator: ", ")
      throw StudyProblem("\(place) names the axis \"\(name)\"; there are \(names)")
    }
    if let label = labels.first(where: { !known.contains($0) }) {
      throw StudyProblem(
        "\(place) names \"\(label)\" of \"\(name)\"; there are "
          + known.map { "\"\($0)\"" }.joined(separator: ", "))
    }
  }

  private struct Form: Decodable {
    var title: String
    var recipe: [String: JSONValue]
    var axes: [StudyAxis]?
    var seeds: [UInt64]?
    var except: [[String: Labels]]?
    var data: [String]?
    var network: TrainedNetwork?
    var steps: [StudyStep]?
    var report: StudyReportOptions?
    var slurm: SlurmOptions?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case title, recipe, axes, seeds, except, data, network, steps, report, slurm
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      title = try values.decode(String.self, forKey: .title)
      recipe = try values.decode([String: JSONValue].self, forKey: .recipe)
      axes = try values.decodeIfPresent([StudyAxis].self, forKey: .axes)
      seeds = try values.decodeIfPresent([UInt64].self, forKey: .seeds)
      except = try values.decodeIfPresent([[String: Labels]].self, forKey: .except)
      data = try values.decodeIfPresent([String].self, forKey: .data)
      network = try values.decodeIfPresent(TrainedNetwork.self, forKey: .network)
      steps = try values.decodeIfPresent([StudyStep].self, forKey: .steps)
      report = try values.decodeIfPresent(StudyReportOptions.self, forKey: .report)
      slurm = try values.decodeIfPresent(SlurmOptions.self, forKey: .slurm)
    }
  }

  /// One label or several: text or numbers.
  private struct Labels: Decodable {
    var labels: [String]

    init(from decoder: any Decoder) throws {
      let value = try JSONValue(from: decoder)
      labels = if case .array(let elements) = value { elements.map(\.label) } else { [value.label] }
    }
  }
}

/// An error in a study, for a `FileError` that names the file.
package struct StudyProblem: Error, Equatable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}

/// The grouping of a study's report.
package struct StudyReportOptions: Decodable, Sendable {
  /// The axis whose values are the families; nil for "dense" and "sparse" by the networks.
  package var family: String?

  enum CodingKeys: String, CodingKey, CaseIterable { case family }

  init() {}

  package init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    family = try values.decodeIfPresent(String.self, forKey: .family)
  }
}
