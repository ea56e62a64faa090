import Foundation
import SparrowFiles
import SparrowTasks

/// The work on one run: its training, and the steps after it. What is done already is not done
/// again, and whatever ends the work loses nothing that is finished.
package struct StudyTask: Sendable {
  private let folder: StudyFolder
  private let contents: StudyFolder.Contents
  private let run: StudyRun
  private let program: String
  private let threads: Int
  private let stop: any StopSignal

  /// - Parameters:
  ///   - run: A run of `contents`.
  ///   - program: The path of the command `sparrow`.
  ///   - threads: The number of threads, which does not change the result.
  ///   - stop: Ends the work in order, with a checkpoint.
  package init(
    _ run: StudyRun, of contents: StudyFolder.Contents, in folder: StudyFolder, program: String,
    threads: Int, stop: any StopSignal
  ) {
    self.run = run
    self.contents = contents
    self.folder = folder
    self.program = program
    self.threads = threads
    self.stop = stop
  }

  /// The end of the work on a run.
  package enum Outcome: Equatable, Sendable {
    case done
    case failed(String)
    /// Asked to end; the work can go on from the last checkpoint.
    case interrupted
    /// A signal killed the process that does the work; it can go on from the last checkpoint.
    case killed(signal: Int32)
    /// Another process works on the run.
    case busy
  }

  /// The exit status by which a process says that it is to be started again (`EX_TEMPFAIL`).
  package static let tryAgain: Int32 = 75

  private var path: String { folder.folder(of: run) }
  private var failure: String { "\(path)/failed.txt" }

  /// Trains and takes the steps, as far as they are missing.
  package func execute(onlySteps: Bool = false) -> Outcome {
    let lock: FileLock
    do throws(FileError) { lock = try folder.lock(run) } catch {
      return Files.isFolder(path) ? .busy : .failed(error.description)
    }
    defer { lock.release() }
    if folder.isDone(run, steps: contents.steps) { return .done }
    let outcome: Outcome
    do throws(FileError) {
      // This is what is left to read if nothing can be written any more.
      try Files.write(
        Array(
          "it ended without a word on \(Self.hostName): killed, or the disk was full".utf8),
        to: failure)
      outcome = try work(onlySteps: onlySteps)
    } catch {
      outcome = .failed(error.description)
    }
    switch outcome {
    case .failed(let reason): try? Files.write(Array(reason.utf8), to: failure)
    case .killed(let signal):
      try? Files.write(Array("killed by signal \(signal) on \(Self.hostName)".utf8), to: failure)
    case .done, .interrupted, .busy: try? FileManager.default.removeItem(atPath: failure)
    }
    return outcome
  }

  private func work(onlySteps: Bool) throws(FileError) -> Outcome {
    if let problem = run.problem { return .failed(problem) }
    var data = StudyData(roots: contents.roots, known: (try? folder.knownData()) ?? [:])
    if !folder.isTrained(run) {
      if onlySteps { return .failed("the training has not ended") }
      try checkData(&data)
      if let end = try train() { return end }
    }
    var failures: [String] = []
    for step in contents.steps {
      for network in step.of where !folder.isDone(step, of: network, in: run, all: contents.steps) {
        switch try take(step, of: network, data: data) {
        case .failed(let reason): failures.append(reason)
        case .interrupted: return .interrupted
        case .killed(let signal): return .killed(signal: signal)
        case .done, .busy: break
        }
      }
    }
    return failures.isEmpty ? .done : .failed(failures.joined(separator: "; "))
  }

  /// Data may be missing on this machine, or have changed since the study was planned.
  private func checkData(_ data: inout StudyData) throws(FileError) {
    for root in contents.roots where !Files.isFolder(root) {
      throw FileError(path: root, reason: "the folder of data is missing on \(Self.hostName)")
    }
    let recipe: JSONValue
    let file = "\(path)/recipe.json"
    let bytes = try Files.read(file, limit: FileLimits.description)
    do { recipe = try JSONDecoder().decode(JSONValue.self, from: Data(bytes)) } catch {
      throw FileError(path: file, reason: "the recipe is damaged; plan the study again")
    }
    let now = String(try data.fingerprint(of: recipe), radix: 16)
    guard now != run.dataFingerprint else { return }
    let paths = Set(try data.paths(of: recipe))
    let changes = data.changes(since: try folder.knownData().filter { paths.contains($0.key) })
    throw FileError(
      path: contents.roots.first ?? path,
      reason: "the data changed since the study was planned: "
        + StudyChanges.text(changes.isEmpty ? ["files are missing"] : changes))
  }

  /// - Returns: nil if the network is there.
  private func train() throws(FileError) -> Outcome? {
    var arguments = ["train", "\(path)/recipe.json", "--output", path, "--resume"]
    for root in contents.roots { arguments += ["--data", root] }
    if let first = run.from { arguments += ["--from", first] }
    arguments += ["--threads", "\(threads)"]
    try waitForOrphan()
    let start = Date()
    switch try StudyProcess.run(
      program, arguments, output: nil, log: "\(path)/train.log", stop: stop)
    {
    case .exited(0): break
    case .exited(Self.tryAgain): return .interrupted
    case .killed(let signal): return stop.isRequested ? .interrupted : .killed(signal: signal)
    case .exited(let status):
      return .failed(lastLine(of: "train.log") ?? "the training ended with status \(status)")
    }
    let marker = Trained(
      recipe: run.recipeFingerprint, data: run.dataFingerprint, host: Self.hostName,
      lastSeconds: Date().timeIntervalSince(start), threads: threads)
    try ReportJSON.write(marker, to: "\(path)/trained.json")
    return nil
  }

  /// Waits for a training whose study was killed: it ends by itself after its next step.
  private func waitForOrphan() throws(FileError) {
    for _ in 0..<600 where Files.exists("\(path)/.lock") {
      if let lock = try? FileLock(path: "\(path)/.lock", holder: "") {
        lock.release()
        return
      }
      usleep(50_000)
    }
  }

  /// The marker of a training that has ended.
  private struct Trained: Encodable {
    var recipe: String
    var data: String
    var host: String
    /// Of the last attempt.
    var lastSeconds: Double
    var threads: Int
  }

  private func take(
    _ step: StudyStep, of network: String, data: StudyData
  ) throws(FileError) -> Outcome {
    let name = step.resultName(of: network)
    let model =
      network == StudyStep.trained
      ? "\(path)/\(contents.network.file)" : "\(path)/\(network).safetensors"
    guard Files.exists(model) else {
      return .failed("\(name): there is no \(network) network")
    }
    var arguments = [step.command, model]
    do throws(FileError) {
      arguments += try step.arguments { path throws(FileError) in try data.place(of: path) }
    } catch {
      return .failed("\(name): \(error) (on \(Self.hostName))")
    }
    arguments.append("--json")
    if step.kind == .quantize { arguments += ["--output", "\(path)/\(step.name).safetensors"] }
    let partial = "\(path)/\(name).partial"
    defer { try? FileManager.default.removeItem(atPath: partial) }
    switch try StudyProcess.run(
      program, arguments, output: partial, log: "\(path)/\(name).log", stop: stop)
    {
    case .exited(0): break
    case .killed(let signal): return stop.isRequested ? .interrupted : .killed(signal: signal)
    case .exited(let status):
      return .failed(
        "\(name): " + (lastLine(of: "\(name).log") ?? "it ended with status \(status)"))
    }
    try Files.write(Files.read(partial), to: "\(path)/\(name).json")
    try Files.write(
      Array(step.identity(of: network, among: contents.steps).utf8), to: "\(path)/\(name).done")
    return .done
  }

  /// The last line of a log, without "Error: ".
  private func lastLine(of name: String) -> String? {
    guard let bytes = try? Files.read("\(path)/\(name)", limit: FileLimits.table) else {
      return nil
    }
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").last {
      !$0.hasPrefix("  ") && !$0.isEmpty
    }
    return line.map { String($0.hasPrefix("Error: ") ? $0.dropFirst(7) : $0) }
  }

  private static var hostName: String { ProcessInfo.processInfo.hostName }
}

/// Lists of changes as text.
package enum StudyChanges {
  /// The first three changes, and the number of the others.
  package static func text(_ changes: [String]) -> String {
    changes.prefix(3).joined(separator: ", ")
      + (changes.count > 3 ? " and \(changes.count - 3) more" : "")
  }
}
