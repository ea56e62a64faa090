public import SparrowFiles

/// Denoises every sound file of a folder into another folder.
public struct FolderDenoising: Sendable {
  private let denoiser: FileDenoiser
  private let input: String
  private let output: String
  private let isStrict: Bool

  /// A run over a folder.
  ///
  /// - Parameters:
  ///   - denoiser: The denoiser.
  ///   - input: The folder to read.
  ///   - output: The folder to write, which is created if missing.
  ///   - strict: Whether truncated and damaged files are errors.
  public init(_ denoiser: FileDenoiser, input: String, output: String, strict: Bool = false) {
    self.denoiser = denoiser
    self.input = input
    self.output = output
    isStrict = strict
  }

  /// The result of a run.
  public struct Summary: Sendable, Encodable {
    /// The reports of denoised files.
    public var files: [DenoisingReport] = []
    /// The files that were not denoised.
    public var failures: [Failure] = []
    /// The duration of all sound, in seconds.
    public var seconds = 0.0
    /// The time of all files, in seconds.
    public var elapsedSeconds = 0.0
    /// ``elapsedSeconds`` divided by ``seconds``.
    public var realTimeFactor = 0.0

    /// The number of files that were truncated or damaged.
    public var damaged: Int { files.count { $0.damage != nil } }
  }

  /// A file that was not denoised.
  public struct Failure: Sendable, Encodable {
    /// The path of the file.
    public var input: String
    /// The error.
    public var reason: String
  }

  /// An event of a run.
  public enum Event {
    /// Progress: completed files of all files, the completed fraction of the current one, and its
    /// name.
    case progress(done: Int, count: Int, share: Double, file: String)
    /// A file was not denoised.
    case failed(Failure)
    /// A warning, as about a truncated file.
    case note(String)
  }

  /// Denoises the files. A file that cannot be denoised is reported and skipped.
  ///
  /// - Parameter tell: Called with every event.
  /// - Throws: `FileError` if the folder cannot be listed or has no sound files.
  public func run(_ tell: (Event) -> Void) throws(FileError) -> Summary {
    guard !Files.exists(output) || Files.isFolder(output) else {
      throw FileError(path: output, reason: "it is a file; a folder's sound goes to a folder")
    }
    let (jobs, failures, notes) = try plan()
    var summary = Summary()
    func fail(_ failure: Failure) {
      summary.failures.append(failure)
      tell(.failed(failure))
    }
    for failure in failures { fail(failure) }
    for note in notes { tell(.note(note)) }
    for (index, job) in jobs.enumerated() {
      do {
        try Files.makeFolder(Files.folder(of: job.output))
        let report = try denoiser.denoise(job.input, to: job.output, strict: isStrict) { share in
          tell(.progress(done: index, count: jobs.count, share: share, file: job.input))
        }
        summary.files.append(report)
        summary.seconds += report.seconds
        summary.elapsedSeconds += report.elapsedSeconds
        if let damage = report.damage { tell(.note(damage)) }
        for note in report.notes { tell(.note(note)) }
      } catch {
        fail(Failure(input: job.input, reason: "\(error)"))
      }
    }
    if summary.seconds > 0 { summary.realTimeFactor = summary.elapsedSeconds / summary.seconds }
    return summary
  }

  private struct Job {
    var input: String
    var output: String
  }

  /// Chooses the output of every file before the first is denoised.
  private func plan() throws(FileError) -> (jobs: [Job], failures: [Failure], notes: [String]) {
    let contents = try SoundFolder(input)
    var failures = contents.problems.map { Failure(input: $0.path, reason: $0.description) }
    failures += contents.foreign.filter(isOutsideOutput).map { file in
      let error = SoundFileError.foreign(
        path: "\(input)/\(file)", format: SoundFolder.ending(of: file))
      return Failure(input: "\(input)/\(file)", reason: "\(error)")
    }
    let files = contents.files.filter(isOutsideOutput)
    guard !files.isEmpty || !failures.isEmpty else {
      throw FileError(path: input, reason: "there are no sound files in the folder")
    }
    let notes = contents.repeated.map {
      "\("\(input)/\($0)".readable): the link leads to a folder that is denoised in another place"
    }

    let targets = Self.targets(of: files)
    var jobs: [Job] = []
    for (file, target) in zip(files, targets) {
      if let target {
        jobs.append(Job(input: "\(input)/\(file)", output: "\(output)/\(target)"))
      } else {
        failures.append(
          Failure(
            input: "\(input)/\(file)",
            reason: "\("\(input)/\(file)".readable): other files have all names that it could get"))
      }
    }
    return (jobs, failures, notes)
  }

  /// Where files go, below the output. WAV and FLAC keep their names, which nothing else gets;
  /// others become `NAME.wav`, or `NAME.ENDING.wav` where several would. Nil where that name is
  /// taken, too.
  static func targets(of files: [String]) -> [String?] {
    var taken: Set<String> = []
    var claims: [String: Int] = [:]
    for file in files {
      if keepsName(file) { taken.insert(file) } else { claims[renamed(file), default: 0] += 1 }
    }
    return files.map { file in
      if keepsName(file) { return file }
      let short = renamed(file)
      let name = taken.contains(short) || claims[short]! > 1 ? "\(file).wav" : short
      return taken.insert(name).inserted ? name : nil
    }
  }

  private static func keepsName(_ file: String) -> Bool {
    ["wav", "wave", "flac"].contains(SoundFolder.ending(of: file))
  }

  private static func renamed(_ file: String) -> String {
    file.dropLast(SoundFolder.ending(of: file).count + 1) + ".wav"
  }

  /// Whether a file is not in an output folder within the input, which an earlier run wrote.
  private var isOutsideOutput: (String) -> Bool {
    let from = PartialFile.resolved(input) + "/"
    let to = PartialFile.resolved(output) + "/"
    guard to != from, to.hasPrefix(from) else { return { _ in true } }
    return { !(from + $0).hasPrefix(to) }
  }
}
