import Foundation
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

/// Every sound file of a folder, into another folder.
struct FolderDenoising {
  private let denoiser: FileDenoiser
  private let input: String
  private let output: String

  init(_ denoiser: FileDenoiser, input: String, output: String) {
    self.denoiser = denoiser
    self.input = input
    self.output = output
  }

  private struct Summary: Encodable {
    var files: [DenoisingReport]
    var failures: [Failure]
    var seconds: Double
    var elapsedSeconds: Double
    var realTimeFactor: Double
  }

  private struct Failure: Encodable {
    var input: String
    var reason: String
  }

  /// A file that cannot be denoised is named and left out; the others are done all the same, and the
  /// command fails in the end.
  func run(json: Bool) throws {
    let files = try inputFiles()
    guard !files.isEmpty else {
      throw FileError(path: input, reason: "there are no sound files in the folder")
    }
    let bar = ProgressBar()
    var summary = Summary(
      files: [], failures: [], seconds: 0, elapsedSeconds: 0, realTimeFactor: 0)
    var targets: [String: String] = [:]
    for (index, file) in files.enumerated() {
      do {
        let target = target(of: file)
        if let other = targets.updateValue(file, forKey: target) {
          throw FileError(path: target, reason: "\(other) goes there already")
        }
        try Files.makeFolder((target as NSString).deletingLastPathComponent)
        let report = try denoiser.denoise("\(input)/\(file)", to: target) { share in
          bar.show(
            (Double(index) + share) / Double(files.count),
            "\(index + 1)/\(files.count) \(file)")
        }
        summary.files.append(report)
        summary.seconds += report.seconds
        summary.elapsedSeconds += report.elapsedSeconds
      } catch {
        bar.clear()
        note("Error: \(error)")
        summary.failures.append(Failure(input: "\(input)/\(file)", reason: "\(error)"))
      }
    }
    bar.clear()
    if summary.seconds > 0 { summary.realTimeFactor = summary.elapsedSeconds / summary.seconds }
    if json {
      try show(jsonText(summary))
    } else {
      try show(
        "\(output)\n  \(summary.files.count) files, \(fixed(summary.seconds, 1)) s of sound in "
          + "\(fixed(summary.elapsedSeconds, 2)) s: real-time factor "
          + "\(fixed(summary.realTimeFactor, 4))")
    }
    if !summary.failures.isEmpty {
      throw FileError(
        path: input, reason: "\(summary.failures.count) of \(files.count) files failed")
    }
  }

  /// The sound files of the input, but for those of an output in it, which an earlier run has put there.
  private func inputFiles() throws -> [String] {
    func resolved(_ path: String) -> String {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().path + "/"
    }
    let files = try SoundFolder.files(below: input)
    let (from, to) = (resolved(input), resolved(output))
    guard to != from, to.hasPrefix(from) else { return files }
    return files.filter { !(from + $0).hasPrefix(to) }
  }

  private func target(of file: String) -> String {
    let ending = (file as NSString).pathExtension.lowercased()
    let keepsName = ["wav", "wave", "flac"].contains(ending)
    return "\(output)/" + (keepsName ? file : (file as NSString).deletingPathExtension + ".wav")
  }
}
