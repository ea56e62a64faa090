import ArgumentParser
import Foundation
import SparrowFiles
import SparrowReports

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Train and compare variants of a recipe, here or on a Slurm cluster.",
    discussion: """
      STUDY is a JSON file with a recipe, axes along which it is varied, and steps that follow \
      each training (Documentation/Studies.md). A run is identified by its recipe and its data: \
      what is trained already is not trained again, a further seed adds one run, and an \
      interrupted study goes on where it was.

      The output folder gets a folder per run, and in report/ the comparison of all finished \
      runs. --dry-run and --status show what is done, what runs and what failed.
      """)

  @Argument(help: "The study, a JSON file.")
  var study: String

  @Option(
    parsing: .singleValue,
    help: "A folder with the recipe's data (default: the study's); may be given more than once.")
  var data: [String] = []

  @Option(help: "The folder of the runs (default: NAME-runs for NAME.json).")
  var output: String?

  @Option(
    parsing: .singleValue,
    help: "Only runs with these values of an axis, AXIS=VALUE,VALUE; may be given more than once.")
  var only: [String] = []

  @Flag(help: "Show what would run, and end.")
  var dryRun = false

  @Flag(help: "Show the state of every run, and end.")
  var status = false

  @Flag(help: "Make the report of what is finished, and end.")
  var report = false

  @Option(help: "The number of trainings at a time, each a process on this machine.")
  var local: Int?

  @Flag(help: "Submit a job array to Slurm, and a job that makes the report after it.")
  var slurm = false

  @Option(help: "The number of threads of each (default: all processors over trainings).")
  var threads: Int?

  @Flag(help: "Train what is missing again on data that changed since the first runs.")
  var acceptData = false

  @Option(help: ArgumentHelp("One run of a planned study, by its number.", visibility: .hidden))
  var task: Int?

  @Flag(
    help: ArgumentHelp(
      "Take the missing steps of trained runs, and make the report.", visibility: .hidden))
  var finish = false

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard local ?? 1 >= 1 else { throw ValidationError("--local takes 1 or more") }
    guard threads ?? 1 >= 1 else { throw ValidationError("--threads takes 1 or more") }
    _ = try selection()
  }

  private var folder: StudyFolder {
    StudyFolder(
      absolute(
        output ?? ((study as NSString).lastPathComponent as NSString).deletingPathExtension
          + "-runs"))
  }

  func run() throws {
    if let task { return try run(task: task) }
    if finish { return try finishAll() }
    let plan = try makePlan()
    for line in plan.duplicates { note("left out: \(line)") }
    let contents = try folder.contents(of: plan)
    let selected = try self.selected(contents.runs, of: plan.study)
    if dryRun || status {
      var result = StudyStatus(contents, selected, in: folder)
      if status { try result.addSlurm(SlurmQueue(folder), contents) }
      try show(result)
      return
    }
    try folder.write(plan)
    if slurm { return try submit(plan, selected) }
    if !report { try runHere(contents, selected) }
    try writeReport(contents)
    let failed = selected.filter { folder.state(of: $0, steps: contents.steps) != .done }
    if !failed.isEmpty, !report {
      throw Interruption.isRequested ? ExitCode(StudyTask.tryAgain) : ExitCode.failure
    }
  }

  // MARK: Plans

  private func makePlan() throws -> StudyPlan {
    let file = try StudyFile(contentsOf: study)
    let place = Files.folder(of: study)
    let roots =
      data.isEmpty ? file.data.map { $0.hasPrefix("/") ? $0 : "\(place)/\($0)" } : data
    for root in roots where !Files.isFolder(root) {
      throw FileError(path: root, reason: "there is no such folder of data")
    }
    let known = try folder.knownData()
    let plan = try StudyPlan(file, roots: roots.map(absolute), known: known)
    let changes = plan.data.changes(since: known)
    if !changes.isEmpty {
      let text = "the data changed since the runs in \(folder.path): \(StudyChanges.text(changes))"
      guard acceptData || dryRun || status else {
        throw FileError(
          path: study, reason: "\(text); --accept-data trains all runs that read them again")
      }
      note("Warning: \(text)")
    }
    return plan
  }

  private func selection() throws -> [String: [String]] {
    var selection: [String: [String]] = [:]
    for text in only {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--only is \"\(text)\"; expected AXIS=VALUE")
      }
      selection[parts[0], default: []] += parts[1].split(separator: ",").map(String.init)
    }
    return selection
  }

  private func selected(_ runs: [StudyRun], of file: StudyFile) throws -> [StudyRun] {
    let selection = try selection()
    do throws(StudyProblem) {
      for (axis, labels) in selection.sorted(by: { $0.key < $1.key }) {
        try file.checkLabels(labels, of: axis, in: "--only")
      }
    } catch {
      throw ValidationError(error.reason)
    }
    let selected = runs.filter { $0.matches(selection) }
    guard !selected.isEmpty else { throw ValidationError("--only leaves no run") }
    return selected
  }

  private func show(_ status: StudyStatus) throws {
    try format.write(status, text: status.text)
  }

  // MARK: Runs

  /// The path of this program, for the processes that it starts.
  static var program: String { Bundle.main.executablePath ?? CommandLine.arguments[0] }

  private func runHere(_ contents: StudyFolder.Contents, _ selected: [StudyRun]) throws {
    let folder = folder
    let missing = selected.filter { folder.state(of: $0, steps: contents.steps) != .done }
    let done = selected.count - missing.count
    note("\(selected.count) runs: \(done) done, \(missing.count) to go")
    guard !missing.isEmpty else { return }
    Interruption.handle()
    let jobs = min(local ?? 1, missing.count)
    let threads =
      threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / jobs)
    let study = LocalStudy(missing, jobs: jobs, stop: Interruption.Signal()) { run in
      StudyTask(
        run, of: contents, in: folder, program: Self.program, threads: threads,
        stop: Interruption.Signal())
    }
    let bar = ProgressBar()
    let steps = missing.reduce(0) { $0 + max($1.trainingSteps, 1) }
    var ended = 0
    _ = study.execute { progress in
      for (run, outcome) in progress.news {
        bar.clear()
        ended += max(run.trainingSteps, 1)
        note("\(run.name): \(outcome.text)")
      }
      let running = progress.running.map { (run: $0, step: folder.lastStep(of: $0)) }
      let share = Double(ended + running.reduce(0) { $0 + $1.step }) / Double(max(steps, 1))
      bar.show(
        share,
        "\(done + progress.ended)/\(selected.count) "
          + running.map { "\($0.run.name) \($0.step)/\($0.run.trainingSteps)" }
          .joined(separator: " · "))
    }
    bar.clear()
  }

  private func submit(_ plan: StudyPlan, _ selected: [StudyRun]) throws {
    let queue = SlurmQueue(folder)
    let indices = try queue.submit(plan, selected: selected, program: Self.program)
    guard !indices.isEmpty, let submission = queue.submission() else {
      note("all \(selected.count) runs are done or queued")
      return
    }
    note(
      "submitted \(indices.count) of \(selected.count) runs as job \(submission.array), and the "
        + "report as job \(submission.report); --status shows how they are")
  }

  /// The job after an array: one failure does not hold up the report.
  private func finishAll() throws {
    let contents = try folder.contents()
    Interruption.handle()
    for run in contents.runs where folder.state(of: run, steps: contents.steps) == .trained {
      let task = StudyTask(
        run, of: contents, in: folder, program: Self.program, threads: threads ?? 1,
        stop: Interruption.Signal())
      note("\(run.name): \(task.execute(onlySteps: true).text)")
    }
    try writeReport(contents)
  }

  /// A task of an array.
  private func run(task number: Int) throws {
    let contents = try folder.contents()
    guard let run = contents.run(number: number) else {
      note("the study has no run \(number) any more")
      return
    }
    Interruption.handle()
    let task = StudyTask(
      run, of: contents, in: folder, program: Self.program,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount,
      stop: Interruption.Signal())
    let outcome = task.execute()
    note("\(run.name): \(outcome.text)")
    switch outcome {
    case .done, .busy: break
    case .failed: throw ExitCode.failure
    case .interrupted: throw ExitCode(StudyTask.tryAgain)
    case .killed(let signal): throw ExitCode(128 + signal)
    }
  }

  private func writeReport(_ contents: StudyFolder.Contents) throws {
    let results = StudyResults(contents, in: folder)
    for problem in results.problems { note("left out of the report: \(problem)") }
    guard !results.sections.isEmpty else { return }
    try results.write(title: contents.title, to: folder.reportFolder)
    note("wrote \(folder.reportFolder)")
  }
}

extension StudyTask.Outcome {
  /// The outcome in one line.
  var text: String {
    switch self {
    case .done: "done"
    case .failed(let reason): "failed: \(reason)"
    case .interrupted: "interrupted; it goes on from its checkpoint"
    case .killed(let signal): "killed by signal \(signal); it goes on from its checkpoint"
    case .busy: "another process works on it"
    }
  }
}

/// The states of a study's runs.
struct StudyStatus: Encodable {
  struct Run: Encodable {
    var id: String
    var labels: [String: String]
    var seed: UInt64
    var state: String
    var step: Int
    var steps: Int
    var reason: String?
    /// The state of the run's job in Slurm's queue, or else in its accounts; nil if it has none.
    var slurm: String?
  }

  var title: String
  var folder: String
  var runs: [Run]
  var counts: [String: Int]

  init(_ contents: StudyFolder.Contents, _ selected: [StudyRun], in folder: StudyFolder) {
    title = contents.title
    self.folder = folder.path
    runs = selected.map { run in
      let labels = Dictionary(run.labels.map { ($0.axis, $0.value) }) { first, _ in first }
      var result = Run(
        id: run.id, labels: labels, seed: run.seed, state: "", step: run.trainingSteps,
        steps: run.trainingSteps)
      switch folder.state(of: run, steps: contents.steps) {
      case .done: result.state = "done"
      case .trained: result.state = "trained"
      case .running(let step): (result.state, result.step) = ("running", step)
      case .waiting(let step): (result.state, result.step) = ("waiting", step)
      case .failed(let reason):
        (result.state, result.step) = ("failed", folder.lastStep(of: run))
        result.reason = reason
      }
      return result
    }
    counts = Dictionary(runs.map { ($0.state, 1) }, uniquingKeysWith: +)
  }

  /// Adds the states of jobs.
  mutating func addSlurm(_ queue: SlurmQueue, _ contents: StudyFolder.Contents) throws {
    guard queue.submission() != nil else { return }
    // Where there is no Slurm any more, its jobs have no states.
    guard let queued = try? queue.states() else { return }
    let past = queue.pastStates()
    for index in runs.indices {
      guard let number = contents.numbers[runs[index].id] else { continue }
      runs[index].slurm = queued[number] ?? past[number]
    }
  }

  var text: String {
    let axes = runs.first.map { $0.labels.keys.sorted() } ?? []
    let hasJobs = runs.contains { $0.slurm != nil }
    let rows = runs.map { run in
      axes.map { run.labels[$0] ?? "" } + ["\(run.seed)", run.state]
        + (hasJobs ? [run.slurm ?? ""] : []) + ["\(run.step)/\(run.steps)", run.id]
    }
    let sums = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return
      ([
        title,
        table(
          axes + ["seed", "state"] + (hasJobs ? ["job"] : []) + ["steps", "folder"], rows),
        "\(runs.count) runs: " + sums.joined(separator: ", "),
      ]
      + runs.compactMap { run in run.reason.map { "\(run.id): \($0)" } }).joined(separator: "\n")
  }
}
