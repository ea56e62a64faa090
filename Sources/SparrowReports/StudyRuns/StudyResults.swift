package import SparrowFiles

/// The results of a study's runs, read from its folder.
package struct StudyResults: Sendable {
  /// A comparison of all networks that one step evaluated.
  package struct Section: Sendable {
    /// The name of the evaluate step.
    package var step: String
    package var study: Study
  }

  /// One for every evaluate step that has results.
  package private(set) var sections: [Section] = []
  /// Results that cannot be compared, with reasons.
  package private(set) var problems: [String] = []

  /// Reads the results that are there.
  package init(_ contents: StudyFolder.Contents, in folder: StudyFolder) {
    for step in contents.steps where step.kind == .evaluate {
      var results: [StudyResult] = []
      for network in step.of {
        for run in contents.runs
        where folder.isDone(step, of: network, in: run, all: contents.steps) {
          let path = "\(folder.folder(of: run))/\(step.resultName(of: network)).json"
          do throws(FileError) {
            var result = try StudyResult(contentsOf: path)
            result.regroup(run, family: contents.family, network: step.of.count > 1 ? network : nil)
            result.addCosts(of: network, in: folder.folder(of: run), steps: contents.steps)
            results.append(result)
          } catch {
            problems.append(error.description)
          }
        }
      }
      guard !results.isEmpty else { continue }
      do throws(FileError) {
        sections.append(Section(step: step.name, study: try Study(results)))
      } catch {
        problems.append(error.description)
      }
    }
  }
}

extension StudyResult {
  /// Groups the result by the axes of a study: one is the family, the others are the label.
  mutating func regroup(_ run: StudyRun, family: String?, network name: String?) {
    if let family {
      point = run.labels.map(\.value).joined(separator: "\n")
      network.family = run.value(of: family) ?? network.family
      let others = run.labels.filter { $0.axis != family }
      if !others.isEmpty {
        network.label = others.map { "\($0.axis) = \($0.value)" }.joined(separator: ", ")
      }
    }
    if let name, name != StudyStep.trained { network.family += ", \(name)" }
  }
}

extension StudyResults {
  /// Writes the report, and removes nothing.
  package func write(title: String, to folder: String) throws(FileError) {
    try Files.makeFolder(folder)
    for section in sections {
      let suffix = sections.count == 1 ? "" : "-\(section.step)"
      let heading = sections.count == 1 ? title : "\(title): \(section.step)"
      try Files.write(
        Array(section.study.figure(title: heading).utf8), to: "\(folder)/report\(suffix).svg")
      try section.study.write(title: heading, to: folder, suffix: suffix)
    }
  }
}

extension StudyResult {
  /// Adds times and energies that other steps found for the same network.
  fileprivate mutating func addCosts(of network: String, in folder: String, steps: [StudyStep]) {
    func read<Value: Decodable>(_ step: StudyStep) -> Value? {
      ReportJSON.read("\(folder)/\(step.resultName(of: network)).json")
    }
    func add(_ cost: StudyCost, _ value: Double) {
      // A logarithmic axis has no place for others.
      guard value > 0, value.isFinite else { return }
      costs[cost.key] = value
      costDescriptions.append(cost)
    }
    for step in steps where step.of.contains(network) {
      switch step.kind {
      case .time:
        if let time: TimeResult = read(step) { add(.measuredTime, time.stepUs) }
      case .simulate:
        if let chip: ChipResult = read(step) {
          add(.energy(on: chip.chip), chip.energyJ)
          add(.latency(on: chip.chip), chip.latencyS)
        }
      case .quantize, .evaluate: break
      }
    }
  }

  private struct TimeResult: Decodable { var stepUs: Double }
  private struct ChipResult: Decodable {
    var chip: String
    var energyJ: Double
    var latencyS: Double
  }
}
