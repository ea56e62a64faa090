public import Sparrow
import SparrowAudio
import SparrowSoundFiles
import SparrowTraining

extension KeywordEvaluation {
  /// The result of an evaluation on one stream.
  public struct StreamOutcome: Sendable {
    /// The scores.
    public var scores: KeywordStreamScores
    /// The operations of the network.
    public var count: OperationCount
  }

  /// Scores all recordings as one stream, as from a microphone that is left on.
  ///
  /// The recordings follow each other in an order that the seed of the conditions determines, after
  /// `gap` seconds of digital silence each. One recording is in memory at a time.
  ///
  /// - Parameters:
  ///   - folder: recordings of words, others than the network's among them.
  ///   - gap: seconds.
  ///   - conditions: noise of the recordings, not of the gaps, and a denoiser of the stream.
  /// - Throws: An error if a file cannot be read, or if no recording is of a word that the network
  ///   knows.
  public func run(
    asStream folder: WordFolder, gap: Double, conditions: Conditions = Conditions()
  ) throws -> StreamOutcome {
    try checkWords(of: folder)
    let noises = try noises(of: conditions)
    let rate = Double(frontEnd.sampleRate)
    var order = Array(folder.files.indices)
    var random = RandomNumbers(seed: conditions.seed, stream: UInt64.max)
    for last in order.indices.dropFirst().reversed() {
      order.swapAt(last, random.index(below: last + 1))
    }
    var stream = try SpottedStream(plan, frontEnd, denoiser: conditions.denoiser)
    var labels: [StreamLabels.Label] = []
    for index in order {
      stream.process([Float](repeating: 0, count: Int(gap * rate)))
      let padded = try signal(folder, index, noises, conditions)
      let samples = padded.dropFirst(Int(ClipClassification.silenceBefore * rate))
        .dropLast(Int(ClipClassification.silenceAfter * rate))
      let start = Double(stream.sampleCount) / rate
      stream.process(Array(samples))
      guard frontEnd.words.contains(folder.files[index].word) else { continue }
      labels.append(
        StreamLabels.Label(
          word: folder.files[index].word, start: start, end: Double(stream.sampleCount) / rate))
    }
    // A word at the end of the stream is heard up to as much later as counts.
    stream.process([Float](repeating: 0, count: Int(SpottingScore.tolerance * rate)))
    let seconds = Double(stream.sampleCount) / rate
    let score = SpottingScore(stream.spotted, labels: StreamLabels(labels), seconds: seconds)
    return StreamOutcome(
      scores: KeywordStreamScores(
        gap: gap, snr: conditions.noise?.snr, seconds: seconds,
        otherRecordings: folder.files.count - labels.count, score: score), count: stream.count)
  }
}

/// A stream of samples through a spotter, after a denoiser where there is one.
private struct SpottedStream: ~Copyable {
  private let words: [String]
  private let sampleRate: Int
  private var spotter: Spotter
  private var denoiser: Denoiser?
  /// Samples that are no whole hop yet, of the denoiser's input and of the spotter's.
  private var noisy: [Float] = []
  private var samples: [Float] = []
  private(set) var sampleCount = 0
  private(set) var spotted: [SpottedWord] = []
  private(set) var count: OperationCount

  init(_ plan: Plan, _ frontEnd: KeywordFrontEnd, denoiser: Plan?) throws {
    let spotter = try Spotter(plan)
    self.denoiser = if let denoiser { try Denoiser(denoiser) } else { nil }
    self.spotter = spotter
    words = frontEnd.words
    sampleRate = frontEnd.sampleRate
    count = OperationCount(plan)
  }

  mutating func process(_ input: [Float]) {
    sampleCount += input.count
    noisy += input
    samples += takeDenoised()
    let (hop, input) = (spotter.hop, samples)
    let length = input.count / hop * hop
    samples.removeFirst(length)
    for start in stride(from: 0, to: length, by: hop) {
      spotter.analyze(input.span.extracting(start..<start + hop))
      spotter.step(counting: &count)
      if let heard = spotter.decide() {
        spotted.append(
          SpottedWord(
            time: Double(heard.time) / Double(sampleRate), word: words[heard.word],
            confidence: Double(heard.confidence)))
      }
    }
  }

  /// The input so far, or the hops of it that a denoiser has given.
  private mutating func takeDenoised() -> [Float] {
    let input = noisy
    guard let hop = denoiser?.hop else {
      noisy = []
      return input
    }
    let length = input.count / hop * hop
    noisy.removeFirst(length)
    var output: [Float] = []
    var clean = [Float](repeating: 0, count: hop)
    for start in stride(from: 0, to: length, by: hop) {
      var span = clean.mutableSpan
      denoiser!.process(input.span.extracting(start..<start + hop), into: &span)
      output += clean
    }
    return output
  }
}

/// The scores of a spotter on recordings that are one stream.
public struct KeywordStreamScores: Sendable, Codable {
  /// Digital silence before each recording, in seconds.
  public var gap: Double
  /// The signal-to-noise ratio in dB; nil without noise.
  public var snr: Double?
  /// The duration of the stream.
  public var seconds: Double
  /// Recordings of words that the network knows.
  public var clips: Int
  /// The fraction of them that were detected from their start to half a second after their end,
  /// from 0 to 1.
  public var found: Double
  /// Other recordings of words in whose time a different word was detected.
  public var confused: Int
  /// Recordings of other words.
  public var otherClips: Int
  /// Detections while no word of the network's was said.
  public var falseAlarms: Int
  /// ``falseAlarms`` per hour of the stream.
  public var falseAlarmsPerHour: Double

  private enum CodingKeys: String, CodingKey {
    case gap = "gapS"
    case snr = "snrDb"
    case seconds, clips, found, confused, otherClips, falseAlarms, falseAlarmsPerHour
  }

  init(gap: Double, snr: Double?, seconds: Double, otherRecordings: Int, score: SpottingScore) {
    self.gap = gap
    self.snr = snr
    self.seconds = seconds
    clips = score.words
    found = Double(score.found) / Double(max(score.words, 1))
    confused = score.confused
    otherClips = otherRecordings
    falseAlarms = score.falseAlarms
    falseAlarmsPerHour = score.falseAlarmsPerHour
  }
}
