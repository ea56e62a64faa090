import ArgumentParser
import Sparrow
import SparrowAudio
import SparrowFiles
import SparrowModels
import SparrowSoundFiles

struct DenoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denoise",
    abstract: "Remove noise from speech.",
    discussion: """
      INPUT and OUTPUT are files, folders, or "-".

      Files: input in WAV, RF64, FLAC, Ogg-Opus, Ogg-Vorbis or MP3; output in WAV or FLAC, by \
      the extension of OUTPUT. Any sample rate and number of channels; the output has the \
      length of the input and is aligned with it. Tags, broadcast information and channel maps \
      are copied if the output's format can hold them. WAV of more than 4 GiB becomes RF64. \
      Sound of more than 16 kHz is denoised by a network at 48 kHz in its whole band, other \
      sound by one at 16 kHz. With --model, what is above the network's band follows its mask.

      Folders: every sound file in INPUT and its subfolders is written to the same place below \
      OUTPUT; WAV and FLAC files keep their names, others become NAME.wav, or \
      NAME.EXTENSION.wav if that name is taken. Where OUTPUT is INPUT, the recordings are replaced.

      -: standard input and standard output. Input with a header (WAV, FLAC, ...) gives WAV on \
      standard output. Input without one is raw 16-bit little-endian PCM, by default of one \
      channel at 16 kHz, and so is the output, one hop (8 ms) at a time:

        arecord -q -t raw -f S16_LE -r 16000 | sparrow denoise - - | aplay -q -t raw -f S16_LE

      The latency is 32 ms (a window of 512 samples), or 20 ms with --rate 48000, plus the \
      buffers of the sound system. The output has as many samples as the input.

      A truncated or damaged file is decoded as far as possible, with a warning. The exit status \
      is 2 then, and 1 if a file was not denoised at all. With --strict, a damaged file is an \
      error, and nothing is written.
      """)

  @Argument(help: "A sound file, a folder, or - for standard input.")
  var input: String

  @Argument(help: "A .wav or .flac file, a folder, or - for standard output.")
  var output: String

  @Option(
    help: """
      A model file, "denoiser" (16 kHz) or "denoiser-full-band" (48 kHz) (default: by the sound's \
      rate).
      """)
  var model: String?

  @Option(help: "The clean sound, for the SI-SNR of input and output.")
  var reference: String?

  @Option(help: "The maximum attenuation in dB (default: no limit).")
  var attenuationLimit: Float?

  @Option(
    help: "The fraction of the denoised sound, from 0 to 1; the rest is the input.")
  var mix: Float = 1

  @OptionGroup var raw: RawSoundOptions

  @Option(
    help: ArgumentHelp(
      "Write a page with spectrograms, the gain over time and both sounds, and its numbers as "
        + "FILE.html.json.", valueName: "file.html"))
  var report: String?

  @Flag(
    help: """
      Tell where there is speech: segments in a table, and with --json a value a frame as well.
      """)
  var voiceActivity = false

  @Flag(help: "Refuse truncated and damaged files.")
  var strict = false

  @OptionGroup var format: OutputOptions

  func validate() throws {
    if input == "-" && reference != nil {
      throw ValidationError("--reference compares files, not standard input")
    }
    if report != nil && (input == "-" || output == "-") {
      throw ValidationError("--report is of a file, not of a stream")
    }
    if voiceActivity && (output == "-" || (input != "-" && Files.isFolder(input))) {
      throw ValidationError("--voice-activity is of one file, whose sound goes to a file")
    }
    try checkPage(report, option: "--report", others: [input, output, reference, model])
    try raw.check(input == "-")
    if let attenuationLimit, !(0...200).contains(attenuationLimit) {
      throw ValidationError("--attenuation-limit takes a number of dB from 0 to 200")
    }
    guard (0...1).contains(mix) else {
      throw ValidationError("--mix takes a share from 0 to 1")
    }
  }

  func run() throws {
    let options = DenoisingOptions(attenuationLimit: attenuationLimit, mix: mix)
    var denoiser =
      if let model {
        try FileDenoiser(LoadedModel(path: model).denoiser(), options: options)
      } else {
        FileDenoiser(options: options) {
          try LoadedModel(path: nil, embedded: .denoiser(sampleRate: $0)).denoiser()
        }
      }
    denoiser.measuresVoiceActivity = voiceActivity
    if input != "-", Files.isFolder(input) {
      try denoiseFolder(denoiser)
      return
    }
    guard output == "-" || !Files.isFolder(output) else {
      throw FileError(path: output, reason: "it is a folder; name the .wav or .flac file in it")
    }
    let bar = ProgressBar()
    let result: DenoisingReport
    do {
      defer { bar.clear() }
      result = try denoiser.denoise(
        raw.source(input),
        to: output == "-" ? .descriptor(1, name: "standard output") : .file(output),
        reference: reference, strict: strict
      ) { bar.show($0, input) }
    }
    noteWarnings(damage: result.damage, notes: result.notes)
    if let report {
      try DenoisingPages.write(
        input: input, output: output, reference: reference, model: model, to: report)
    }
    if output != "-" {
      try format.write(result, text: result.text)
    } else if format.json {
      // Standard output has the sound.
      note(try jsonText(result))
    }
    if result.damage != nil { throw ExitCode.partial }
  }

  private func denoiseFolder(_ denoiser: FileDenoiser) throws {
    if report != nil {
      throw ValidationError("--report is of one file; `sparrow evaluate --html` shows a folder")
    }
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
        "\(output.readable)\n  \(summary.files.count) files, "
          + "\(fixed(summary.seconds, 1)) s of sound in "
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
  /// The report as text.
  var text: String {
    var lines = [
      output.readable,
      "  \(fixed(seconds)) s of sound in \(fixed(elapsedSeconds, 3)) s: "
        + "real-time factor \(fixed(realTimeFactor, 4))",
      "  network step \(fixed(medianStepTime, 1)) µs (median), \(fixed(stepTimeP99, 1)) µs (99th "
        + "percentile), \(frames) frames",
      "  \(grouped(Int(effectiveMACsPerFrame.rounded()))) effective MACs a frame of "
        + "\(grouped(Int(denseMACsPerFrame.rounded()))) dense ones; "
        + "algorithmic latency \(fixed(algorithmicLatency, 0)) ms",
    ]
    if let before = inputSISNR, let after = outputSISNR {
      lines.append(
        "  SI-SNR \(fixed(before)) dB before, \(fixed(after)) dB after: "
          + "\(after >= before ? "+" : "")\(fixed(after - before)) dB")
    }
    if clippedSamples > 0 { lines.append("  \(clippedSamples) samples clipped") }
    if let voiceActivity {
      let rows = voiceActivity.segments.map { [fixed($0.begin, 2), fixed($0.end, 2)] }
      lines.append(
        rows.isEmpty ? "  no speech" : table(["speech from, s", "to, s"], rows))
    }
    return lines.joined(separator: "\n")
  }
}
