public import Sparrow
public import SparrowAudio
public import SparrowTraining

/// The errors of a network that recognises speech on recordings with transcripts.
public struct SpeechScores: Sendable, Codable {
  /// The number of recordings.
  public var recordings = 0
  /// The number of recordings without any wrong word.
  public var rightRecordings = 0
  /// The differences in words.
  public var words = EditCounts()
  /// The differences in characters.
  public var characters = EditCounts()
  /// Wrong words per word of the transcripts; above 1 where much was inserted.
  public var wordErrorRate = 0.0
  /// Wrong characters per character of the transcripts.
  public var characterErrorRate = 0.0

  /// No recordings.
  public init() {}

  /// Adds a recording.
  ///
  /// - Parameters:
  ///   - reference: The transcript.
  ///   - recognised: The recognised text.
  public mutating func add(reference: String, recognised: String) {
    func words(_ text: String) -> [Substring] {
      text.split(separator: SpeechFrontEnd.space, omittingEmptySubsequences: true)
    }
    let difference = EditCounts(reference: words(reference), recognised: words(recognised))
    self.words += difference
    characters += EditCounts(reference: Array(reference), recognised: Array(recognised))
    recordings += 1
    if difference.errors == 0 { rightRecordings += 1 }
    wordErrorRate = self.words.rate
    characterErrorRate = characters.rate
  }
}

/// An evaluation of a network that recognises speech, each recording from a fresh state.
public struct SpeechEvaluation: Sendable {
  private let recordings: [SpeechRecording]
  private let frontEnd: SpeechFrontEnd

  /// An evaluation.
  ///
  /// - Parameters:
  ///   - recordings: The recordings.
  ///   - frontEnd: The front end of the network.
  public init(_ recordings: [SpeechRecording], frontEnd: SpeechFrontEnd) {
    self.recordings = recordings
    self.frontEnd = frontEnd
  }

  /// The result of an evaluation.
  public struct Outcome: Sendable {
    /// The scores.
    public var scores: SpeechScores
    /// The operations of the network.
    public var count: OperationCount
    /// The recognised text of each recording.
    public var texts: [String]
  }

  /// Scores a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan of a network with the front end.
  ///   - decoder: The decoder, at the beginning of a stream.
  ///   - workers: The threads.
  public func run(_ plan: Plan, decoder: some SpeechDecoder, workers: Workers) -> Outcome {
    let results = workers.map(recordings.count) { index in
      var count = OperationCount(plan)
      let text = transcribe(recordings[index], plan, decoder, &count)
      return (text, count)
    }
    var outcome = Outcome(
      scores: SpeechScores(), count: OperationCount(plan), texts: results.map(\.0))
    let characters = frontEnd.characters
    for (recording, result) in zip(recordings, results) {
      outcome.scores.add(
        reference: String(recording.text.map { characters[$0 - 1] }), recognised: result.0)
      outcome.count += result.1
    }
    return outcome
  }

  private func transcribe(
    _ recording: SpeechRecording, _ plan: Plan, _ decoder: some SpeechDecoder,
    _ count: inout OperationCount
  ) -> String {
    var decoder = decoder
    var stream = SpeechStream(plan, frontEnd: frontEnd)
    let hop = frontEnd.hop
    let frames =
      SpeechFrames.count(samples: recording.count, frontEnd: frontEnd) * frontEnd.stacking
    var samples = recording.samples
    samples += [Float](repeating: 0, count: frames * hop - samples.count)
    var words: [DecodedWord] = []
    for start in stride(from: 0, to: samples.count, by: hop)
    where stream.push(samples.span.extracting(start..<start + hop), counting: &count) {
      words += decoder.push(stream.logits)
    }
    words += decoder.finish()
    return words.map(\.text).joined(separator: String(SpeechFrontEnd.space))
  }
}
