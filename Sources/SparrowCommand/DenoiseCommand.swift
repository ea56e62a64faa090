import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowSoundFiles

struct DenoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denoise",
    abstract: "Remove noise from speech.",
    discussion: """
      INPUT and OUTPUT are files, folders, or "-".

      Files: WAV, RF64, FLAC, Ogg-Opus, Ogg-Vorbis or MP3 in, WAV or FLAC out, by OUTPUT's ending. Any sample \
      rate and any number of channels; the output has the input's length and is aligned with it. Tags, \
      broadcast information and places of channels are carried over where the output's format can hold them. \
      WAV of more than 4 GiB becomes RF64.

      Folders: every sound file in INPUT, and in folders within it, is written to the same place below \
      OUTPUT; WAV and FLAC keep their names, others become NAME.wav, or NAME.ENDING.wav where that name is taken.

      -: standard input and standard output. With a header (WAV, FLAC, ...) the input is what its header says, and \
      standard output gets WAV. Without one it is raw 16-bit little-endian PCM, by default of one channel at the \
      network's rate, 16 kHz, and so is standard output; a hop (8 ms) at a time:

        arecord -q -t raw -f S16_LE -r 16000 | sparrow denoise - - | aplay -q -t raw -f S16_LE -r 16000

      A sound leaves 32 ms after it came in (a window of 512 samples), not counting the buffers of the \
      sound system. As many samples come out as go in.

      Of a truncated or damaged file, what could be decoded is denoised, with a warning; the status is 2 then, and \
      1 where something was not denoised at all. With --strict, such a file is an error and nothing is written.
      """)

  @Argument(help: "A sound file, a folder, or - for standard input.")
  var input: String

  @Argument(help: "A .wav or .flac file, a folder, or - for standard output.")
  var output: String

  @Option(help: "A model file in place of the embedded network.")
  var model: String?

  @Option(help: "The clean sound: adds the SI-SNR before and after.")
  var reference: String?

  @OptionGroup var raw: RawSoundOptions

  @Flag(help: "Refuse truncated and damaged files.")
  var strict = false

  @OptionGroup var format: OutputOptions

  func validate() throws {
    if input == "-" && reference != nil {
      throw ValidationError("--reference compares files, not standard input")
    }
    try raw.check(input == "-")
  }

  func run() throws {
    let (plan, frontEnd) = try LoadedModel(path: model).denoiser()
    let denoiser = FileDenoiser(plan, frontEnd: frontEnd)
    if input != "-", Files.isFolder(input) {
      try denoiseFolder(denoiser)
      return
    }
    let bar = ProgressBar()
    let report: DenoisingReport
    do {
      defer { bar.clear() }
      report = try denoiser.denoise(
        raw.source(input),
        to: output == "-" ? .descriptor(1, name: "standard output") : .file(output),
        reference: reference, strict: strict
      ) { bar.show($0, input) }
    }
    for line in [report.damage].compactMap({ $0 }) + report.notes { note("Warning: \(line)") }
    if output != "-" {
      try format.write(report, text: report.text.readable)
    } else if format.json {
      // Standard output is sound.
      note(try jsonText(report))
    }
    if report.damage != nil { throw ExitCode.partial }
  }

  private func denoiseFolder(_ denoiser: FileDenoiser) throws {
    if reference != nil {
      throw ValidationError("--reference compares one file; `sparrow evaluate` scores a folder")
    }
    guard output != "-" else { throw ValidationError("a folder goes to a folder, not to -") }
    let bar = ProgressBar()
    let summary = try FolderDenoising(denoiser, input: input, output: output, strict: strict).run {
      switch $0 {
      case .progress(let done, let count, let share, let file):
        bar.show((Double(done) + share) / Double(count), "\(done + 1)/\(count) \(file.readable)")
      case .failed(let failure):
        bar.clear()
        note("Error: \(failure.reason)")
      case .note(let line):
        bar.clear()
        note("Warning: \(line)")
      }
    }
    bar.clear()
    if format.json {
      try show(jsonText(summary))
    } else {
      try show(
        "\(output.readable)\n  \(summary.files.count) files, \(fixed(summary.seconds, 1)) s of sound in "
          + "\(fixed(summary.elapsedSeconds, 2)) s: real-time factor "
          + "\(fixed(summary.realTimeFactor, 4))")
    }
    if !summary.failures.isEmpty {
      throw FileError(
        path: input,
        reason: "\(summary.failures.count) failed, \(summary.files.count) were denoised")
    }
    if summary.damaged > 0 { throw ExitCode.partial }
  }
}

extension DenoisingReport {
  /// The report for people.
  var text: String {
    var lines = [
      "\(output)",
      "  \(fixed(seconds)) s of sound in \(fixed(elapsedSeconds, 3)) s: "
        + "real-time factor \(fixed(realTimeFactor, 4))",
      "  network step \(fixed(stepUsMedian, 1)) µs (median), \(fixed(stepUsP99, 1)) µs (99th "
        + "percentile), \(frames) frames",
      "  \(grouped(Int(effectiveMacsPerFrame.rounded()))) effective MACs a frame of "
        + "\(grouped(Int(denseMacsPerFrame.rounded()))) dense ones; "
        + "algorithmic latency \(fixed(algorithmicLatencyMs, 0)) ms",
    ]
    if let before = siSnrInDb, let after = siSnrOutDb {
      lines.append(
        "  SI-SNR \(fixed(before)) dB before, \(fixed(after)) dB after: "
          + "\(after >= before ? "+" : "")\(fixed(after - before)) dB")
    }
    if clippedSamples > 0 { lines.append("  \(clippedSamples) samples clipped") }
    return lines.joined(separator: "\n")
  }
}
