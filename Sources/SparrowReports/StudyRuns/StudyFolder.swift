import Foundation
package import SparrowFiles
import SparrowTraining

/// The folder of a study's runs: plain files, each written whole.
///
/// ```
/// plan.json            the runs, the steps and the folders of data, as last planned
/// data.json            sizes and hashes of the data
/// runs/ID/recipe.json  the recipe of a run
/// runs/ID/trained.json is there when the training has ended
/// runs/ID/STEP.json    the result of a step; STEP.done says of what
/// runs/ID/failed.txt   the reason, if the last attempt failed
/// report/              the report
/// ```
package struct StudyFolder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The part of a study that tasks read, on whatever machine they run.
  package struct Contents: Codable, Sendable {
    package var title: String
    /// The study's file, absolute.
    package var study: String
    /// Folders with the data, absolute.
    package var roots: [String]
    package var network: StudyFile.TrainedNetwork
    package var steps: [StudyStep]
    package var runs: [StudyRun]
    package var family: String?
    /// The numbers of runs in job arrays, by their folders' names: a run keeps its number when the
    /// study gets others.
    package var numbers: [String: Int]

    /// - Parameter earlier: The study as it was planned before.
    package init(_ plan: StudyPlan, after earlier: Contents?) {
      title = plan.study.title
      study = absolute(plan.study.path)
      roots = plan.data.roots
      network = plan.study.network
      steps = plan.study.steps
      runs = plan.runs
      family = plan.study.report.family
      numbers = earlier?.numbers ?? [:]
      var next = (numbers.values.max() ?? -1) + 1
      for run in runs where numbers[run.id] == nil {
        numbers[run.id] = next
        next += 1
      }
    }

    /// The run with a number; nil if the study no longer has it.
    package func run(number: Int) -> StudyRun? { runs.first { numbers[$0.id] == number } }
  }

  package func folder(of run: StudyRun) -> String { "\(path)/runs/\(run.id)" }
  package var reportFolder: String { "\(path)/report" }

  // MARK: Plans

  /// The listing of the data that the runs so far were planned with.
  package func knownData() throws(FileError) -> [String: StudyData.File] {
    try readIfThere("data.json") ?? [:]
  }

  /// The study as it is planned now.
  package func contents(of plan: StudyPlan) throws(FileError) -> Contents {
    Contents(plan, after: try readIfThere("plan.json"))
  }

  /// Writes the plan, the listing and the recipes of runs that are new.
  package func write(_ plan: StudyPlan) throws(FileError) {
    let contents = try contents(of: plan)
    try Files.makeFolder("\(path)/runs")
    for (run, recipe) in zip(plan.runs, plan.recipes) {
      let folder = folder(of: run)
      try Files.makeFolder(folder)
      let text = try bytes(recipe)
      let file = "\(folder)/recipe.json"
      if !Files.exists(file) || (try? Files.read(file)) != text { try Files.write(text, to: file) }
    }
    try Files.write(bytes(plan.data.files), to: "\(path)/data.json")
    try Files.write(bytes(contents), to: "\(path)/plan.json")
  }

  /// The plan as it was written.
  package func contents() throws(FileError) -> Contents {
    guard let contents: Contents = try readIfThere("plan.json") else {
      throw FileError(path: path, reason: "there is no study: plan.json is missing")
    }
    return contents
  }

  private func readIfThere<Value: Decodable>(_ name: String) throws(FileError) -> Value? {
    let file = "\(path)/\(name)"
    guard Files.exists(file) else { return nil }
    let bytes = try Files.read(file, limit: FileLimits.table)
    do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
      throw FileError(
        path: file,
        reason: "the file is damaged: \((error as? DecodingError)?.summary ?? "\(error)")")
    }
  }

  private func bytes(_ value: some Encodable) throws(FileError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    do { return Array(try encoder.encode(value)) + [10] } catch {
      throw FileError(path: path, reason: "the plan cannot be written: \(error)")
    }
  }

  // MARK: Runs

  /// The state of a run.
  package enum State: Sendable, Equatable {
    /// Everything is there.
    case done
    /// The network is there, and results of steps are missing.
    case trained
    /// A process works on it; the last logged step.
    case running(step: Int)
    /// Training has not ended; the last logged step.
    case waiting(step: Int)
    /// The last attempt failed.
    case failed(String)
  }

  /// The state of a run, by its files.
  package func state(of run: StudyRun, steps: [StudyStep]) -> State {
    let folder = folder(of: run)
    if isDone(run, steps: steps) { return .done }
    if let problem = run.problem { return .failed(problem) }
    if Files.exists("\(folder)/\(Self.lockName)"), isLocked(run) {
      return .running(step: lastStep(of: run))
    }
    if let reason = failure(of: run) { return .failed(reason) }
    return isTrained(run) ? .trained : .waiting(step: lastStep(of: run))
  }

  package func isTrained(_ run: StudyRun) -> Bool {
    Files.exists("\(folder(of: run))/trained.json")
  }

  /// Whether the network and the results of all steps are there.
  package func isDone(_ run: StudyRun, steps: [StudyStep]) -> Bool {
    isTrained(run)
      && steps.allSatisfy { step in
        step.of.allSatisfy { isDone(step, of: $0, in: run, all: steps) }
      }
  }

  /// Whether the result of a step is that of the step as it is now.
  func isDone(_ step: StudyStep, of network: String, in run: StudyRun, all: [StudyStep]) -> Bool {
    let file = "\(folder(of: run))/\(step.resultName(of: network)).done"
    guard Files.exists(file), let bytes = try? Files.read(file, limit: 1 << 20) else {
      return false
    }
    return String(decoding: bytes, as: UTF8.self) == step.identity(of: network, among: all)
  }

  func failure(of run: StudyRun) -> String? {
    let file = "\(folder(of: run))/failed.txt"
    guard Files.exists(file), let bytes = try? Files.read(file, limit: 1 << 20) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  static let lockName = ".task"

  /// The lock of whoever works on a run.
  ///
  /// - Throws: `FileError` if another process has it.
  func lock(_ run: StudyRun) throws(FileError) -> FileLock {
    // Somebody who looks whether it is held has it for a moment.
    for _ in 0..<9 {
      if let lock = try? FileLock(path: "\(folder(of: run))/\(Self.lockName)", holder: "") {
        return lock
      }
      usleep(30_000)
    }
    return try FileLock(
      path: "\(folder(of: run))/\(Self.lockName)", holder: "another process works on this run")
  }

  private func isLocked(_ run: StudyRun) -> Bool {
    guard let lock = try? FileLock(path: "\(folder(of: run))/\(Self.lockName)", holder: "") else {
      return true
    }
    lock.release()
    return false
  }

  /// The step of the last record in the log, from its last kilobytes.
  package func lastStep(of run: StudyRun) -> Int {
    guard let log = FileHandle(forReadingAtPath: "\(folder(of: run))/log.jsonl") else { return 0 }
    defer { try? log.close() }
    guard let end = try? log.seekToEnd() else { return 0 }
    try? log.seek(toOffset: end > 4096 ? end - 4096 : 0)
    let text = String(decoding: (try? log.readToEnd()) ?? Data(), as: UTF8.self)
    return text.split(separator: "\n").reversed().lazy.filter { $0.hasSuffix("}") }
      .compactMap { RunLog.step(in: $0) }.first ?? 0
  }
}

extension StudyStep {
  /// Inputs of the step other than the trained network: its options, and those of
  /// the steps that made its network.
  func identity(of network: String, among steps: [StudyStep]) -> String {
    let maker = steps.first { $0.name == network && $0.kind == .quantize }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let own = (try? encoder.encode(options)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return "\(kind.rawValue) \(own)"
      + (maker.map { " of " + $0.identity(of: $0.of[0], among: steps) } ?? "")
  }
}

/// A path that holds in other folders, too.
package func absolute(_ path: String) -> String {
  path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}
