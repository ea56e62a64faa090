package import SparrowAudio

/// One signal through an optional denoiser and a spotter, in pieces of any size; counts and times
/// every step.
package final class ChannelSpotter {
  private var spotter: Spotter
  private let words: [String]
  private let hop: Int
  private let sampleRate: Int
  private let denoiser: ChannelDenoiser?
  private var clean: [Float] = []
  /// Samples of an incomplete hop.
  private var waiting: [Float] = []
  package private(set) var samples = 0
  package private(set) var times = StepTimes()
  package private(set) var count: OperationCount

  /// - Parameter denoiser: A denoiser with the spotter's sample rate; nil for none.
  package init(
    _ plan: Plan, threshold: Float? = nil, denoiser: ChannelDenoiser? = nil
  ) throws(FrontEndError) {
    self.denoiser = denoiser
    spotter = try Spotter(plan)
    words = spotter.words
    hop = spotter.hop
    sampleRate = spotter.sampleRate
    if let threshold { spotter.threshold = threshold }
    count = OperationCount(plan)
    waiting.reserveCapacity(hop)
  }

  /// - Parameter heard: Called with every detection.
  package func process(_ samples: [Float], heard: (SpottedWord) -> Void) {
    self.samples += samples.count
    guard let denoiser else { return take(samples, heard: heard) }
    clean.removeAll(keepingCapacity: true)
    denoiser.process(samples, into: &clean)
    take(clean, heard: heard)
  }

  /// Processes the remaining samples, padded with silence.
  package func finish(heard: (SpottedWord) -> Void) {
    if let denoiser {
      clean.removeAll(keepingCapacity: true)
      denoiser.finish(into: &clean)
      take(clean, heard: heard)
    }
    guard !waiting.isEmpty else { return }
    take([Float](repeating: 0, count: hop - waiting.count), heard: heard)
  }

  private func take(_ samples: [Float], heard: (SpottedWord) -> Void) {
    for sample in samples {
      waiting.append(sample)
      guard waiting.count == hop else { continue }
      spotter.analyze(waiting.span)
      let start = ContinuousClock.now
      spotter.step(counting: &count)
      times.add(ContinuousClock.now - start)
      waiting.removeAll(keepingCapacity: true)
      guard let detection = spotter.decide() else { continue }
      heard(
        SpottedWord(
          time: Double(detection.time) / Double(sampleRate),
          word: words[detection.word],
          confidence: Double(detection.confidence)))
    }
  }
}

/// A word that was spotted.
public struct SpottedWord: Sendable, Hashable, Codable {
  /// The time of the detection, in seconds from the start.
  public var time: Double
  /// The word.
  public var word: String
  /// The smoothed probability, from 0 to 1.
  public var confidence: Double

  private enum CodingKeys: String, CodingKey {
    case time = "timeS"
    case word, confidence
  }

  /// A detection.
  public init(time: Double, word: String, confidence: Double) {
    self.time = time
    self.word = word
    self.confidence = confidence
  }
}
