import CSparrow
import SparrowCore

/// How a signal becomes frames for a network that spots words, and how its answer is read:
/// logarithms of the energies of mel bands go in, logits of "none" and of each word come out.
public struct KeywordFrontEnd: Sendable, Hashable, Codable {
  /// The sample rate in hertz.
  public var sampleRate: Int
  /// Samples in a frame, under a periodic Hann window: a power of two from 128 to 1024.
  public var window: Int
  /// Samples from one frame to the next: at most a window.
  public var hop: Int
  /// The number of mel bands. A band is a triangle from its lower neighbour's centre to its upper
  /// one's.
  public var bands: Int
  /// The lower end of the first band, in hertz.
  public var lowestFrequency: Float
  /// The upper end of the last band, in hertz.
  public var highestFrequency: Float
  /// The words of the outputs after the first.
  public var words: [String]
  /// The duration of smoothing of probabilities, in seconds.
  public var smoothing: Float
  /// The smoothed probability at which a word is detected, between 0 and 1.
  public var threshold: Float
  /// The time after a word without further detections, in seconds.
  public var refractoryTime: Float

  /// A front end.
  public init(
    sampleRate: Int = 16_000, window: Int = 512, hop: Int = 256, bands: Int = 40,
    lowestFrequency: Float = 60, highestFrequency: Float = 7600, words: [String],
    smoothing: Float = 0.35, threshold: Float = 0.3, refractoryTime: Float = 0.5
  ) {
    self.sampleRate = sampleRate
    self.window = window
    self.hop = hop
    self.bands = bands
    self.lowestFrequency = lowestFrequency
    self.highestFrequency = highestFrequency
    self.words = words
    self.smoothing = smoothing
    self.threshold = threshold
    self.refractoryTime = refractoryTime
  }

  /// Bins of a spectrum: window/2 + 1.
  public var bins: Int { window / 2 + 1 }
  /// The frames of smoothing; at least one.
  public var smoothingFrames: Int { frames(smoothing) }
  /// The frames after a word without further detections.
  public var refractoryFrames: Int { frames(refractoryTime) }

  /// The frames without growth of a probability before a detection: 50 ms.
  public var settlingFrames: Int { frames(0.05) }

  private func frames(_ seconds: Float) -> Int {
    max(1, Int((seconds * Float(sampleRate) / Float(hop)).rounded()))
  }

  /// The class of the first output.
  public static let none = "none"
}

extension KeywordFrontEnd: FrontEndRule {
  static let kind = "keywords"
  static let network = "a keyword spotter"
  static let planKind: FrontEndKind? = .keywords
  var frontEnd: FrontEnd { .keywords(self) }
  var sound: SoundFrames? {
    SoundFrames(
      sampleRate: sampleRate, hop: hop, latency: Double(window) / Double(sampleRate))
  }
  var names: OutputNames? { OutputNames(title: "words", names: words) }
  var frameWidth: Int? { bands }
  var withUsualDecision: Self {
    Self(
      sampleRate: sampleRate, window: window, hop: hop, bands: bands,
      lowestFrequency: lowestFrequency, highestFrequency: highestFrequency, words: words)
  }

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    let outputWidth = layers.outputWidth(for: inputWidth)
    try validateBands()
    try require((1...1000).contains(words.count), "\(words.count) words; expected 1 to 1000")
    try require(
      Set(words).count == words.count && !words.contains { $0.isEmpty || $0 == Self.none }
        && !words.contains { $0.utf8.contains(0) },
      "words have names that differ, without zero bytes, and none is called \"\(Self.none)\"")
    try require(
      smoothing > 0 && smoothing <= 10, "smoothing over \(smoothing) s; expected up to 10 s")
    try require(
      threshold > 0 && threshold < 1, "the threshold is \(threshold); expected between 0 and 1")
    try require(
      refractoryTime >= 0 && refractoryTime <= 60,
      "a refractory time of \(refractoryTime) s; expected 0 to 60 s")
    try require(
      inputWidth == bands && outputWidth == words.count + 1,
      "\(bands) bands and \(words.count) words need a network that takes \(bands) values and gives "
        + "\(words.count + 1), not one that takes \(inputWidth) and gives \(outputWidth)")
  }

  /// Checks sizes and frequencies.
  func validateBands() throws(NetworkError) {
    try require(
      (1000...384_000).contains(sampleRate),
      "the sample rate is \(sampleRate); expected 1000 to 384000")
    try require(
      (128...1024).contains(window) && window & (window - 1) == 0,
      "the window is \(window); expected a power of two from 128 to 1024")
    try require(
      (16...window).contains(hop), "the hop is \(hop); expected 16 to the window, \(window)")
    try require((1...256).contains(bands), "\(bands) bands; expected 1 to 256")
    try require(
      lowestFrequency >= 0 && lowestFrequency < highestFrequency
        && highestFrequency <= Float(sampleRate) / 2,
      "bands from \(lowestFrequency) to \(highestFrequency) Hz; expected a range from 0 to half of "
        + "the sample rate")
  }

  func pack(into image: inout ImageBuilder, embedding: StoredEmbedding?) -> UInt32 {
    let tables = MelTables(self)
    var record = sparrow_keyword_front_end()
    record.sample_rate = UInt32(sampleRate)
    record.window = UInt32(window)
    record.hop = UInt32(hop)
    record.bands = UInt32(bands)
    record.weight_count = UInt32(tables.shape.weights)
    record.tables_offset = image.append(tables.values)
    record.threshold = threshold
    record.smoothing_frames = UInt32(smoothingFrames)
    record.settling_frames = UInt32(settlingFrames)
    record.refractory_frames = UInt32(refractoryFrames)
    let names = ImageBuilder.bytes(of: words)
    record.word_count = UInt32(words.count)
    record.words_offset = image.append(names)
    record.words_bytes = UInt32(names.count)
    return image.append([record])
  }
}

extension Network {
  /// The front end of a keyword spotter; nil for other networks.
  public var keywordFrontEnd: KeywordFrontEnd? { frontEnd?.rule as? KeywordFrontEnd }
}
