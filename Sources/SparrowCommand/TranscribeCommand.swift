import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

struct TranscribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transcribe",
    abstract: "Write down what is said in sound.",
    discussion: """
      Prints the words as they are settled: a line per recording, and with --json a line per word \
      with its times, then a summary. A word is settled by the space after it, or by a pause.

      Without further options every step counts for the character that is most probable there. \
      With --beam, --words or --sentences the most probable texts are followed; --words and \
      --sentences limit them to words of these files, and --sentences counts in its lines which \
      words follow each other.

      AUDIO: WAV, RF64, FLAC, Ogg-Opus, Ogg-Vorbis or MP3 of any sample rate; channels are \
      mixed.

      -: standard input, with a header, or raw 16-bit little-endian PCM, by default of one \
      channel at the network's rate:

        arecord -q -t raw -f S16_LE -r 16000 | sparrow transcribe speech.safetensors -

      A truncated or damaged file is decoded as far as possible, with a warning; the exit \
      status is 2 then, and with --strict it is an error.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "Sound files, or - for standard input.")
  var inputs: [String]

  @OptionGroup var decoding: DecodingOptions

  @Option(help: "The channel to use, from 1 (default: the mean of all).")
  var channel: Int?

  @OptionGroup var raw: RawSoundOptions

  @Flag(help: "Refuse truncated and damaged files.")
  var strict = false

  @OptionGroup var format: OutputOptions

  func validate() throws {
    if inputs.contains("-") && inputs.count > 1 {
      throw ValidationError("standard input is transcribed alone")
    }
    if let channel, channel < 1 { throw ValidationError("--channel takes 1 or more") }
    try raw.check(inputs.contains("-"))
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    let (plan, frontEnd) = try model.plan(model.network.speechFrontEnd, to: "transcribe speech")
    let transcriber = FileTranscriber(
      plan, frontEnd: frontEnd, decoder: try decoding.speech.decoder(for: frontEnd))
    var isPartial = false
    for input in inputs {
      var failure: FileError?
      var isFirst = true
      func heard(_ word: TranscribedWord) {
        do throws(FileError) {
          if format.json {
            try show((try? jsonText(WordLine(input: input, word: word))) ?? "")
          } else {
            try show(isFirst ? heading(input) + word.word : " " + word.word, terminator: "")
          }
        } catch { failure = error }
        isFirst = false
      }
      let report = try transcriber.transcribe(
        raw.source(input), channel: channel, strict: strict, heard: heard)
      if let failure { throw failure }
      if !format.json { try show(isFirst ? heading(input) : "") }
      noteWarnings(damage: report.damage, notes: report.notes)
      isPartial = isPartial || report.damage != nil
      if format.json { try show(jsonText(report)) } else { note(report.text) }
    }
    if isPartial { throw ExitCode.partial }
  }

  private func heading(_ input: String) -> String {
    inputs.count > 1 ? "\(input.readable): " : ""
  }
}

/// The decoder of recognised speech.
struct DecodingOptions: ParsableArguments {
  @Option(help: "Speech: a text file of the words that may be recognised.")
  var words: String?

  @Option(
    help: ArgumentHelp(
      "Speech: a text file of sentences, one per line, by which words follow each other."))
  var sentences: String?

  @Option(help: "Speech: the number of texts that are followed.")
  var beam: Int?

  func validate() throws {
    if let beam, !(1...10_000).contains(beam) {
      throw ValidationError("--beam takes a number from 1 to 10000")
    }
  }

  var speech: SpeechDecoding {
    var decoding = SpeechDecoding()
    decoding.words = words
    decoding.sentences = sentences
    decoding.beam = beam
    return decoding
  }

  /// The options that are given.
  var given: [EvaluationOption] {
    (words == nil ? [] : [.words]) + (sentences == nil ? [] : [.sentences])
      + (beam == nil ? [] : [.beam])
  }
}
