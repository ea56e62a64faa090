import ArgumentParser
import SparrowAudio
import SparrowFiles
import SparrowSoundFiles
import SparrowTasks

/// `sparrow spot --words`: words that are typed, from a speech recogniser.
extension SpotCommand {
  func spotTyped(_ list: String, _ model: LoadedModel) throws {
    guard !denoise else { throw ValidationError("--denoise goes with a keyword spotter") }
    let (plan, frontEnd) = try model.plan(
      model.network.speechFrontEnd, to: "spot words that are typed")
    let words = list.split(separator: ",").map(String.init)
      .filter { !$0.allSatisfy(\.isWhitespace) }
    guard !words.isEmpty else { throw ValidationError("--words has no words") }
    let decoder: KeywordDecoder
    do throws(WordGrammar.SpellingError) {
      decoder = try KeywordDecoder(words, frontEnd: frontEnd, threshold: threshold ?? 0.5)
    } catch {
      throw ValidationError(
        "--words has \"\(error.word.readable)\", whose character \"\(error.character)\" is not in "
          + "the alphabet \"\(frontEnd.alphabet)\"")
    }
    let transcriber = FileTranscriber(plan, frontEnd: frontEnd, decoder: decoder)
    let truth = try labels.map { try StreamLabels(contentsOf: $0) }
    var isPartial = false
    for input in inputs {
      var spotted: [SpottedWord] = []
      var failure: FileError?
      let report = try transcriber.transcribe(
        raw.source(input), channel: channel, strict: strict
      ) { word in
        let word = SpottedWord(
          time: word.end, word: word.word, confidence: word.confidence ?? 0)
        if truth != nil { spotted.append(word) }
        do throws(FileError) { try show(line(word, in: input)) } catch { failure = error }
      }
      if let failure { throw failure }
      for line in [report.damage].compactMap({ $0 }) + report.notes { note("Warning: \(line)") }
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
}
