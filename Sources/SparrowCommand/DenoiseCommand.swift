import ArgumentParser
import Foundation
import Sparrow
import SparrowAudio
import SparrowSoundFiles
import SparrowTasks

struct DenoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denoise",
    abstract: "Remove noise from speech.",
    discussion: """
      INPUT and OUTPUT are two files, two folders, or two times "-".

      Files: WAV, FLAC, Ogg-Opus, Ogg-Vorbis or MP3 in, WAV or FLAC out, by OUTPUT's ending. Any sample \
      rate and any number of channels; the output has the input's length and is aligned with it.

      Folders: every sound file in INPUT, and in folders within it, is written to the same place below \
      OUTPUT; WAV and FLAC keep their names, others become WAV.

      -: raw 16-bit little-endian PCM of one channel, at 16 kHz for the embedded network, a hop (8 ms) \
      at a time:

        arecord -q -t raw -f S16_LE -r 16000 | sparrow denoise - - | aplay -q -t raw -f S16_LE -r 16000

      A sound leaves 32 ms after it came in (a window of 512 samples), not counting the buffers of the \
      sound system. As many samples come out as go in.
      """)

  @Argument(help: "A sound file, a folder, or - for standard input.")
  var input: String

  @Argument(help: "A .wav or .flac file, a folder, or - for standard output.")
  var output: String

  @Option(help: "A model file in place of the embedded network.")
  var model: String?

  @Option(help: "The clean sound: adds the SI-SNR before and after.")
  var reference: String?

  @Flag(help: "Print the report as one JSON object.")
  var json = false

  func validate() throws {
    guard (input == "-") == (output == "-") else {
      throw ValidationError(
        "standard input goes to standard output only: give - for both, or neither")
    }
    if input == "-" && reference != nil {
      throw ValidationError("--reference compares files, not standard input")
    }
  }

  func run() throws {
    let (plan, frontEnd) = try LoadedModel(path: model).denoiser()
    if input == "-" {
      let report = try PCMDenoiser(plan, frontEnd: frontEnd).run(
        from: .standardInput, to: .standardOutput)
      // Standard output is sound.
      if json { note(try jsonText(report)) }
      return
    }
    let denoiser = FileDenoiser(plan, frontEnd: frontEnd)
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue {
      if reference != nil {
        throw ValidationError("--reference compares one file; `sparrow evaluate` scores a folder")
      }
      try FolderDenoising(denoiser, input: input, output: output).run(json: json)
      return
    }
    let bar = ProgressBar()
    let report: DenoisingReport
    do {
      defer { bar.clear() }
      report = try denoiser.denoise(input, to: output, reference: reference) {
        bar.show($0, input)
      }
    }
    try show(json ? try jsonText(report) : report.text)
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
