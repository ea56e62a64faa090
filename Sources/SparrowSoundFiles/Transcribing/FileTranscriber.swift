public import SparrowAudio
import SparrowFiles

/// Transcribes sound files, block by block, in constant memory.
public struct FileTranscriber: Sendable {
  private let plan: Plan
  private let frontEnd: SpeechFrontEnd
  private let decoder: any SpeechDecoder

  /// A transcriber for files.
  ///
  /// - Parameters:
  ///   - plan: The plan of a network with the front end.
  ///   - frontEnd: The front end.
  ///   - decoder: The decoder, at the beginning of a stream; nil for a `GreedyDecoder`.
  public init(_ plan: Plan, frontEnd: SpeechFrontEnd, decoder: (any SpeechDecoder)? = nil) {
    self.plan = plan
    self.frontEnd = frontEnd
    self.decoder = decoder ?? GreedyDecoder(frontEnd)
  }

  /// Transcribes a file. Sound of another rate is resampled; channels are mixed.
  ///
  /// A truncated or damaged file is decoded as far as possible, and the report says so.
  ///
  /// - Parameters:
  ///   - path: A sound file.
  ///   - channel: The channel to use, from 1; nil for the mean of all.
  ///   - strict: Whether a truncated or damaged file is an error.
  ///   - heard: Called with every word when it is settled, in order.
  /// - Throws: `SoundFileError` or `ResamplingError`; `FileError` if there is no such channel.
  public func transcribe(
    _ path: String, channel: Int? = nil, strict: Bool = false, heard: (TranscribedWord) -> Void
  ) throws -> RecognitionReport {
    try transcribe(.file(path), channel: channel, strict: strict, heard: heard)
  }

  /// The same for a pipe.
  package func transcribe(
    _ source: SoundSource, channel: Int? = nil, strict: Bool = false,
    heard: (TranscribedWord) -> Void
  ) throws -> RecognitionReport {
    let start = ContinuousClock.now
    var reader = try MonoReader(
      source, sampleRate: frontEnd.sampleRate, channel: channel, strict: strict)
    let transcriber = ChannelTranscriber(plan, frontEnd: frontEnd, decoder: decoder)
    while let block = try reader.read() { transcriber.process(block, heard: heard) }
    transcriber.finish(heard: heard)
    return RecognitionReport(
      input: source.name, reader: reader, elapsed: ContinuousClock.now - start,
      times: transcriber.times, count: transcriber.count)
  }
}
