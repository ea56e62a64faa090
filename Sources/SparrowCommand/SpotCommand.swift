import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

struct SpotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spot",
    abstract: "Spot keywords in sound.",
    discussion: """
      Prints a line for every detected word: seconds from the start, the word, and its \
      smoothed probability. The embedded network knows 17 Arabic words; `sparrow inspect` \
      lists the words of a network.

      AUDIO: WAV, RF64, FLAC, Ogg-Opus, Ogg-Vorbis or MP3 of any sample rate; channels are \
      mixed.

      -: standard input, with a header, or raw 16-bit little-endian PCM, by default of one \
      channel at the network's rate, 16 kHz for the embedded one:

        arecord -q -t raw -f S16_LE -r 16000 | sparrow spot -

      Typed words: with a speech recogniser as the network and --words "hello sparrow, stop", \
      these words and phrases are spotted, whether or not the network was trained on them. The \
      third column is then how probable the word's characters are compared with what is most \
      probable at every step, as a mean per character.

      A truncated or damaged file is decoded as far as possible, with a warning; the exit \
      status is 2 then, and with --strict it is an error.
      """)

  @Argument(help: "Sound files, or - for standard input.")
  var inputs: [String]

  @Option(help: "A model file (default: the embedded spotter).")
  var model: String?

  @Option(help: "With a speech recogniser: the words to spot, divided by commas.")
  var words: String?

  @Option(
    help: "The smoothed probability at which a word is detected (default: the network's).")
  var threshold: Float?

  @Flag(help: "Remove noise with the embedded denoiser first.")
  var denoise = false

  @Option(help: "A model file for --denoise (default: the embedded denoiser).")
  var denoiser: String?

  @Option(
    help:
      "Labels, a table with the columns word, start_s and end_s, for a score of the detections.")
  var labels: String?

  @Option(help: "The channel to use, from 1 (default: the mean of all).")
  var channel: Int?

  @OptionGroup var raw: RawSoundOptions

  @Flag(help: "Refuse truncated and damaged files.")
  var strict = false

  @OptionGroup var format: OutputOptions

  func validate() throws {
    if let threshold, !(threshold > 0 && threshold < 1) {
      throw ValidationError("--threshold takes a number between 0 and 1")
    }
    if inputs.contains("-") && (inputs.count > 1 || labels != nil) {
      throw ValidationError("standard input is spotted alone, and without --labels")
    }
    if labels != nil && inputs.count > 1 {
      throw ValidationError("--labels are of one sound file")
    }
    if let channel, channel < 1 { throw ValidationError("--channel takes 1 or more") }
    try raw.check(inputs.contains("-"))
    if denoiser != nil && !denoise { throw ValidationError("--denoiser goes with --denoise") }
  }

  func run() throws {
    let model = try LoadedModel(path: model, embedded: .keywords)
    if let words { return try spotTyped(words, model) }
    let plan = try model.plan(model.network.keywordFrontEnd, to: "spot words").plan
    let cleaner =
      try denoise
      ? model.network.frontEnd?.sound.map { try LoadedModel(path: denoiser).denoiser(before: $0) }
      : nil
    let spotter = try FileSpotter(plan, threshold: threshold, denoiser: cleaner)
    try spot(words: model.network.frontEnd?.words ?? []) { input, heard in
      try spotter.spot(raw.source(input), channel: channel, strict: strict, heard: heard)
    }
  }

  /// Shows what is spotted in every input.
  ///
  /// - Parameter words: all that can be spotted.
  func spot(
    words: [String],
    by recognize: (_ input: String, _ heard: (SpottedWord) -> Void) throws -> RecognitionReport
  ) throws {
    let truth = try labels.map { try StreamLabels(contentsOf: $0) }
    let strangers = Set(truth?.labels.map(\.word) ?? []).subtracting(words).sorted()
    if !strangers.isEmpty {
      note(
        "Warning: \(labels ?? "") has words that are never spotted: "
          + strangers.joined(separator: ", "))
    }
    var isPartial = false
    for input in inputs {
      var spotted: [SpottedWord] = []
      var failure: FileError?
      let report = try recognize(input) { word in
        if truth != nil { spotted.append(word) }
        do throws(FileError) { try show(line(word, in: input)) } catch { failure = error }
      }
      if let failure { throw failure }
      noteWarnings(damage: report.damage, notes: report.notes)
      isPartial = isPartial || report.damage != nil
      let score = truth.map { SpottingScore(spotted, labels: $0, seconds: report.seconds) }
      if format.json {
        try show(jsonText(SpottingSummary(report: report, score: score)))
      } else {
        note(([report.text] + [score?.text].compactMap { $0 }).joined(separator: "\n"))
      }
    }
    if isPartial { throw ExitCode.partial }
  }

  private func line(_ word: SpottedWord, in input: String) -> String {
    if format.json, let line = try? jsonText(WordLine(input: input, word: word)) { return line }
    let file = inputs.count > 1 ? "\(input.readable)  " : ""
    return file + "\(fixed(word.time)) s  \(word.word)  \(fixed(word.confidence))"
  }
}

/// A word that was spotted or transcribed, and the file that it was heard in.
struct WordLine<Word: Encodable>: Encodable {
  var input: String
  var word: Word

  /// - Parameter input: as it was given.
  init(input: String, word: Word) {
    self.input = input == "-" ? "standard input" : input
    self.word = word
  }

  private enum CodingKeys: CodingKey {
    case input
  }

  func encode(to encoder: any Encoder) throws {
    try word.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(input, forKey: .input)
  }
}

/// A report and the score of its detections.
struct SpottingSummary: Encodable {
  var report: RecognitionReport
  var score: SpottingScore?

  func encode(to encoder: any Encoder) throws {
    try report.encode(to: encoder)
    try score?.encode(to: encoder)
  }
}

extension RecognitionReport {
  var text: String {
    "\(input.readable): \(fixed(seconds)) s of sound in \(fixed(elapsedSeconds, 3)) s: "
      + "real-time factor \(fixed(realTimeFactor, 5))\n"
      + "  network step \(fixed(medianStepTime, 2)) µs (median), \(fixed(stepTimeP99, 2)) µs (99th "
      + "percentile), \(frames) frames; "
      + "\(grouped(Int(effectiveMACsPerFrame.rounded()))) effective MACs a frame of "
      + "\(grouped(Int(denseMACsPerFrame.rounded()))) dense ones"
  }
}

extension SpottingScore {
  var text: String {
    "  \(found) of \(words) words found (\(percent(Double(found) / Double(max(words, 1))))), "
      + "\(confused) taken for others, \(falseAlarms) false alarms "
      + "(\(fixed(falseAlarmsPerHour, 1)) an hour)"
  }
}
