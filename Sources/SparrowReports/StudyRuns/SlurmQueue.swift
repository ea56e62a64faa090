import Foundation
package import SparrowFiles
import SparrowTasks

/// Slurm as its commands show it: submits a study's jobs, and asks for their states.
package struct SlurmQueue: Sendable {
  private let folder: StudyFolder

  package init(_ folder: StudyFolder) { self.folder = folder }

  /// The jobs of the last submission: the file `slurm.json`.
  package struct Submission: Codable, Sendable {
    /// The job of the array, whose tasks have the numbers of runs.
    package var array: String
    /// The job that makes the report.
    package var report: String
  }

  private var path: String { "\(folder.path)/slurm.json" }

  /// The last submission; nil if there is none.
  package func submission() -> Submission? {
    guard let bytes = try? Files.read(path, limit: FileLimits.description) else { return nil }
    return try? JSONDecoder().decode(Submission.self, from: Data(bytes))
  }

  /// The states of runs in the queue, by number: "RUNNING", "PENDING", …
  ///
  /// - Throws: `FileError` if there is no Slurm here, or it does not answer.
  package func states() throws(FileError) -> [Int: String] {
    guard let submission = submission() else { return [:] }
    // A job that has ended long ago is an error here; nothing of it is queued.
    let queue = try Self.call(
      "squeue", ["--noheader", "--array", "--jobs=\(submission.array)", "--format=%K %T"],
      allowsFailure: true)
    var states: [Int: String] = [:]
    for line in queue.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, let index = Int(words[0]) { states[index] = String(words[1]) }
    }
    return states
  }

  /// The states of runs that have left the queue, by number, where the cluster keeps accounts.
  package func pastStates() -> [Int: String] {
    guard let submission = submission(),
      let accounts = try? Self.call(
        "sacct",
        [
          "--noheader", "--parsable2", "--allocations", "--jobs=\(submission.array)",
          "--format=JobID,State",
        ], allowsFailure: true)
    else { return [:] }
    var states: [Int: String] = [:]
    for line in accounts.split(separator: "\n") {
      let words = line.split(separator: "|")
      guard words.count == 2, let index = words[0].split(separator: "_").last.flatMap({ Int($0) })
      else { continue }
      states[index] = String(words[1])
    }
    return states
  }

  /// Submits the runs that are neither done nor queued, and the job that makes the report.
  ///
  /// - Parameters:
  ///   - plan: The study, whose plan has been written.
  ///   - selected: The runs to train.
  ///   - program: The path of the command `sparrow`.
  /// - Returns: The numbers of the runs; none if all are done or queued.
  /// - Throws: `FileError` if there is no Slurm here, or it refuses a job.
  package func submit(
    _ plan: StudyPlan, selected: [StudyRun], program: String
  ) throws(FileError) -> [Int] {
    let contents = try folder.contents()
    let queued = try states()
    let runs = selected.filter { run in
      run.problem == nil && queued[contents.numbers[run.id]!] == nil
        && folder.state(of: run, steps: contents.steps) != .done
    }
    guard !runs.isEmpty else { return [] }
    let indices = runs.map { contents.numbers[$0.id]! }
    let scripts = SlurmScripts(
      contents, indices: indices, in: folder, options: plan.study.slurm,
      limits: try limits(plan, runs), program: program)
    let place = "\(folder.path)/slurm"
    try Files.makeFolder(place)
    for index in indices {
      try? FileManager.default.removeItem(atPath: "\(place)/kills-\(index)")
    }
    try Files.write(Array(scripts.training.utf8), to: "\(place)/train.sh")
    try Files.write(Array(scripts.report.utf8), to: "\(place)/report.sh")
    let array = try Self.job(Self.call("sbatch", ["--parsable", "\(place)/train.sh"]))
    // Whether runs succeed or fail; those of an earlier submission count, too.
    let earlier = queued.isEmpty ? nil : submission()?.array
    let waits = ([array] + [earlier].compactMap { $0 }).joined(separator: ":")
    let report = try Self.job(
      Self.call(
        "sbatch", ["--parsable", "--dependency=afterany:\(waits)", "\(place)/report.sh"]))
    guard let bytes = try? JSONEncoder().encode(Submission(array: array, report: report)) else {
      return indices
    }
    try Files.write(Array(bytes) + [10], to: path)
    return indices
  }

  /// The largest estimates among runs; nil if there are none, or if the study gives both limits.
  private func limits(
    _ plan: StudyPlan, _ runs: [StudyRun]
  ) throws(FileError) -> (minutes: Int, megabytes: Int)? {
    guard plan.study.slurm.time == nil || plan.study.slurm.memory == nil else { return nil }
    var data = plan.data
    var limits: (minutes: Int, megabytes: Int)?
    let ids = Set(runs.map(\.id))
    for (run, recipe) in zip(plan.runs, plan.recipes) where ids.contains(run.id) {
      let bytes = try data.paths(of: recipe).reduce(0) { $0 + (data.files[$1]?.size ?? 0) }
      guard
        let estimate = SlurmEstimate(
          recipe, dataBytes: bytes, cpus: plan.study.slurm.cpus ?? 1)
      else { continue }
      limits = (
        max(limits?.minutes ?? 0, estimate.minutes), max(limits?.megabytes ?? 0, estimate.megabytes)
      )
    }
    return limits
  }

  /// The number in what `sbatch --parsable` prints: NUMBER or NUMBER;CLUSTER.
  private static func job(_ output: String) throws(FileError) -> String {
    let number = output.prefix { $0.isNumber }
    guard !number.isEmpty else {
      throw FileError(path: "sbatch", reason: "it printed \"\(output)\"; expected a job's number")
    }
    return String(number)
  }

  private static func call(
    _ name: String, _ arguments: [String], allowsFailure: Bool = false
  ) throws(FileError) -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    guard let program = folders.map({ "\($0)/\(name)" }).first(where: Files.exists) else {
      throw FileError(
        path: name,
        reason: "there is no such command here: --slurm needs Slurm; --local JOBS runs on this "
          + "machine")
    }
    let result = try ChildProcess.output(
      of: program, arguments, environment: ProcessInfo.processInfo.environment)
    guard result.end == .exited(0) || allowsFailure else {
      let complaint = String(decoding: result.errors, as: UTF8.self)
      throw FileError(
        path: name,
        reason: complaint.split(separator: "\n").first.map(String.init) ?? "it \(result.end)")
    }
    return String(decoding: result.output, as: UTF8.self)
  }
}
