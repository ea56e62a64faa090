import Foundation

/// The shell scripts of a study's Slurm jobs: plain files, which can be read, changed and submitted
/// by hand.
package struct SlurmScripts: Sendable {
  /// The script of the job array, one task per run.
  package let training: String
  /// The script that takes missing steps and makes the report when the array has ended.
  package let report: String

  /// - Parameters:
  ///   - contents: The study as it was planned.
  ///   - indices: The numbers of the runs to train.
  ///   - folder: The folder of the study's runs.
  ///   - options: The options of the jobs.
  ///   - limits: Time and memory that are used where the options give none, in minutes and
  ///     megabytes.
  ///   - program: The path of the command `sparrow`.
  package init(
    _ contents: StudyFolder.Contents, indices: [Int], in folder: StudyFolder,
    options: SlurmOptions, limits: (minutes: Int, megabytes: Int)?, program: String
  ) {
    let name = Self.jobName(contents)
    let time = options.time ?? limits.map { "\($0.minutes)" }
    let memory = options.memory ?? limits.map { "\($0.megabytes)M" }
    let cpus = options.cpus ?? 1
    let command =
      "\(Self.quoted(program)) study \(Self.quoted(contents.study)) "
      + "--output \(Self.quoted(folder.path))"
    let setup = options.setup ?? []
    func head(_ lines: [String?]) -> [String] {
      let common =
        lines + [
          "--requeue", "--open-mode=append", options.partition.map { "--partition=\($0)" },
          options.account.map { "--account=\($0)" }, options.qos.map { "--qos=\($0)" },
        ] + (options.options ?? [])
      return ["#!/bin/bash"] + common.compactMap { $0.map { "#SBATCH \($0)" } } + [""]
    }
    let limit = options.concurrent.map { "%\($0)" } ?? ""
    training =
      (head([
        "--job-name=\(name)", "--array=\(Self.ranges(indices))\(limit)",
        "--output=\(folder.path)/slurm/%A_%a.log", "--cpus-per-task=\(cpus)",
        "--signal=B:TERM@\(options.grace ?? 120)", time.map { "--time=\($0)" },
        memory.map { "--mem=\($0)" },
      ]) + setup + [
        """
        # A training that is told to end writes a checkpoint and ends with status 75; one that a
        # signal killed ends with 128 and more. Both are queued again, killed ones
        # \(options.restarts ?? 3) times.
        kills=\(Self.quoted(folder.path + "/slurm/kills-"))$SLURM_ARRAY_TASK_ID
        told=
        trap 'told=1; kill -TERM "$child" 2> /dev/null' TERM
        \(command) --task "$SLURM_ARRAY_TASK_ID" --threads \(cpus) &
        child=$!
        wait "$child"
        status=$?
        # The signal ends the first wait, not the training.
        if [ -n "$told" ]; then
          wait "$child"
          status=$?
        fi
        if [ "$status" -gt 128 ]; then
          echo x >> "$kills"
          if [ "$(wc -l < "$kills")" -gt \(options.restarts ?? 3) ]; then
            echo "killed $(wc -l < "$kills") times, not queued again"
            exit 1
          fi
          status=75
        fi
        if [ "$status" = 75 ]; then
          # Clusters whose RequeueExit has 75 queue the task again by itself.
          if ! scontrol show config | grep -q '^RequeueExit *=.*\\<75\\>'; then
            scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
          fi
        fi
        exit "$status"
        """
      ]).joined(separator: "\n") + "\n"
    report =
      (head([
        "--job-name=\(name)-report", "--output=\(folder.path)/slurm/report-%j.log",
        "--cpus-per-task=\(cpus)", memory.map { "--mem=\($0)" }, time.map { "--time=\($0)" },
      ]) + setup + ["exec \(command) --finish --threads \(cpus)"]).joined(separator: "\n") + "\n"
  }

  /// The name of a study's jobs.
  static func jobName(_ contents: StudyFolder.Contents) -> String {
    let file = (contents.study as NSString).lastPathComponent as NSString
    return "sparrow-"
      + file.deletingPathExtension.map {
        $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? String($0) : "-"
      }.joined()
  }

  /// Numbers as sbatch takes them: 0-3,7.
  static func ranges(_ indices: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for index in indices.sorted() {
      if let last = ranges.last, last.upperBound + 1 == index {
        ranges[ranges.count - 1] = last.lowerBound...index
      } else {
        ranges.append(index...index)
      }
    }
    return ranges.map { range in
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }.joined(separator: ",")
  }

  /// A text as one word of a shell.
  static func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
