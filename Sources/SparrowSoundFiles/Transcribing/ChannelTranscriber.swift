package import SparrowAudio

/// A word that was recognised.
public struct TranscribedWord: Sendable, Hashable, Codable {
  /// The word.
  public var word: String
  /// The beginning of the step in which its first character was recognised, in seconds from the
  /// start.
  public var start: Double
  /// The end of the step in which its last character was recognised. Characters are recognised
  /// somewhat later than they are said.
  public var end: Double
  /// How sure the decoder is, from 0 to 1; nil where it does not say.
  public var confidence: Double?

  private enum CodingKeys: String, CodingKey {
    case word
    case start = "startS"
    case end = "endS"
    case confidence
  }

  /// A word.
  public init(word: String, start: Double, end: Double, confidence: Double? = nil) {
    self.confidence = confidence
    self.word = word
    self.start = start
    self.end = end
  }
}

/// One signal through a network that recognises speech and a decoder, in pieces of any size; counts
/// and times every step of the network.
package final class ChannelTranscriber {
  private var stream: SpeechStream
  private var decoder: any SpeechDecoder
  /// Samples of an incomplete hop.
  private var waiting: [Float] = []
  private var samples = 0
  package private(set) var times = StepTimes()
  package private(set) var count: OperationCount

  package init(_ plan: Plan, frontEnd: SpeechFrontEnd, decoder: any SpeechDecoder) {
    stream = SpeechStream(plan, frontEnd: frontEnd)
    self.decoder = decoder
    count = OperationCount(plan)
    waiting.reserveCapacity(frontEnd.hop)
  }

  /// - Parameter heard: Called with every word when it is settled.
  package func process(_ samples: [Float], heard: (TranscribedWord) -> Void) {
    let hop = stream.frontEnd.hop
    self.samples += samples.count
    for sample in samples {
      waiting.append(sample)
      guard waiting.count == hop else { continue }
      let start = ContinuousClock.now
      let isStep = stream.push(waiting.span, counting: &count)
      waiting.removeAll(keepingCapacity: true)
      guard isStep else { continue }
      times.add(ContinuousClock.now - start)
      tell(decoder.push(stream.logits), heard)
    }
  }

  /// Ends the signal with the front end's silence, in which the last characters come.
  package func finish(heard: (TranscribedWord) -> Void) {
    let frontEnd = stream.frontEnd
    let step = frontEnd.stepSamples
    let rest = samples % step == 0 ? 0 : step - samples % step
    process([Float](repeating: 0, count: rest + frontEnd.flushSteps * step), heard: heard)
    tell(decoder.finish(), heard)
  }

  private func tell(_ words: [DecodedWord], _ heard: (TranscribedWord) -> Void) {
    let seconds = stream.frontEnd.stepSeconds
    for word in words {
      heard(
        TranscribedWord(
          word: word.text, start: Double(word.firstStep) * seconds,
          end: Double(word.lastStep + 1) * seconds, confidence: word.confidence.map { Double($0) }))
    }
  }
}
