import ArgumentParser
import SparrowAudio
import SparrowSoundFiles

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
    try spot(words: decoder.words) { input, heard in
      try transcriber.transcribe(raw.source(input), channel: channel, strict: strict) { word in
        heard(SpottedWord(time: word.end, word: word.word, confidence: word.confidence ?? 0))
      }
    }
  }
}
