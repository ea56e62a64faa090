/// How a signal becomes frames for a network that recognises speech, and what its answer stands
/// for: logarithms of the energies of mel bands go in, several frames at once, and logits of the
/// blank and of each character of an alphabet come out (connectionist temporal classification;
/// Graves et al. 2006).
public struct SpeechFrontEnd: Sendable, Hashable {
  /// The sample rate in hertz.
  public var sampleRate: Int
  /// Samples in a frame, under a periodic Hann window: a power of two from 128 to 1024.
  public var window: Int
  /// Samples from one frame to the next: at most a window.
  public var hop: Int
  /// The number of mel bands.
  public var bands: Int
  /// The lower end of the first band, in hertz.
  public var lowestFrequency: Float
  /// The upper end of the last band, in hertz.
  public var highestFrequency: Float
  /// Frames that are put side by side, the oldest first, and enter the network in one step.
  public var stacking: Int
  /// The characters of the outputs after the first, which is the blank. A space divides words.
  public var alphabet: String
  /// Silence after the end of a sound, in seconds: characters come out later than they are said.
  public var flush: Float

  /// A front end.
  public init(
    sampleRate: Int = 16_000, window: Int = 512, hop: Int = 160, bands: Int = 40,
    lowestFrequency: Float = 60, highestFrequency: Float = 7600, stacking: Int = 3,
    alphabet: String = " 'ABCDEFGHIJKLMNOPQRSTUVWXYZ", flush: Float = 0.3
  ) {
    self.sampleRate = sampleRate
    self.window = window
    self.hop = hop
    self.bands = bands
    self.lowestFrequency = lowestFrequency
    self.highestFrequency = highestFrequency
    self.stacking = stacking
    self.alphabet = alphabet
    self.flush = flush
  }

  /// The class of the first output.
  public static let blank = 0
  /// The character between words.
  public static let space: Character = " "

  /// The characters in the order of the outputs after the blank.
  public var characters: [Character] { Array(alphabet) }
  /// The values of a network's input: bands of all frames of a step.
  public var inputWidth: Int { bands * stacking }
  /// Samples in a step of the network.
  public var stepSamples: Int { hop * stacking }
  /// The duration of a step of the network, in seconds.
  public var stepSeconds: Double { Double(stepSamples) / Double(sampleRate) }
  /// Steps of the network in ``flush``.
  public var flushSteps: Int { Int((Double(flush) / stepSeconds).rounded()) }
  /// The output that stands for the space; nil without one.
  public var spaceOutput: Int? {
    characters.firstIndex(of: Self.space).map { $0 + 1 }
  }

  /// The mel bands, as a keyword spotter has them.
  package var mel: KeywordFrontEnd {
    KeywordFrontEnd(
      sampleRate: sampleRate, window: window, hop: hop, bands: bands,
      lowestFrequency: lowestFrequency, highestFrequency: highestFrequency, words: ["-"])
  }

  /// The outputs that stand for the characters of a text.
  ///
  /// - Returns: Nil if a character is not in the alphabet; see ``firstStranger(in:)``.
  public func outputs(of text: String) -> [Int]? {
    let places = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0 + 1) })
    var outputs: [Int] = []
    for character in text {
      guard let place = places[character] else { return nil }
      outputs.append(place)
    }
    return outputs
  }

  /// A text with every letter that the alphabet has only in the other case in that case.
  public func spelled(_ text: String) -> String {
    let known = Set(alphabet)
    return String(
      text.flatMap { character -> String in
        let same = String(character)
        if known.contains(character) { return same }
        return [same.uppercased(), same.lowercased()].first { $0.allSatisfy(known.contains) }
          ?? same
      })
  }

  /// The first character of a text that is not in the alphabet.
  public func firstStranger(in text: String) -> Character? {
    let known = Set(alphabet)
    return text.first { !known.contains($0) }
  }
}

extension SpeechFrontEnd: FrontEndRule {
  static let kind = "speech"
  static let network = "a speech recogniser"
  var frontEnd: FrontEnd { .speech(self) }
  var sound: SoundFrames? {
    SoundFrames(
      sampleRate: sampleRate, hop: stepSamples,
      latency: Double(window + (stacking - 1) * hop) / Double(sampleRate))
  }
  var names: OutputNames? {
    OutputNames(
      title: "characters", names: characters.map { $0 == Self.space ? "space" : String($0) })
  }
  var frameWidth: Int? { inputWidth }

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    let outputWidth = layers.outputWidth(for: inputWidth)
    try mel.validateBands()
    try require((1...16).contains(stacking), "\(stacking) frames a step; expected 1 to 16")
    try require((0...5).contains(flush), "the flush lasts \(flush) s; expected 0 to 5 s")
    let characters = characters
    try require(
      (1...4096).contains(characters.count),
      "the alphabet has \(characters.count) characters; expected 1 to 4096")
    try require(
      Set(characters).count == characters.count
        && !characters.contains { $0 != Self.space && ($0.isWhitespace || $0 == "\0") },
      "the characters of the alphabet differ, and its only white space is the space")
    try require(
      inputWidth == self.inputWidth && outputWidth == characters.count + 1,
      "\(stacking) frames of \(bands) bands and \(characters.count) characters need a network that "
        + "takes \(self.inputWidth) values and gives \(characters.count + 1), not one that takes "
        + "\(inputWidth) and gives \(outputWidth)")
  }
}

extension Network {
  /// The front end of a speech recogniser; nil for other networks.
  public var speechFrontEnd: SpeechFrontEnd? { frontEnd?.rule as? SpeechFrontEnd }
}

extension SpeechFrontEnd: Codable {
  private enum CodingKeys: String, CodingKey {
    case sampleRate, window, hop, bands, lowestFrequency, highestFrequency, stacking, alphabet
    case flush
  }

  /// Reads an object with all keys but `stacking`, which is then 1, and `flush`, 0.3.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      sampleRate: try values.decode(Int.self, forKey: .sampleRate),
      window: try values.decode(Int.self, forKey: .window),
      hop: try values.decode(Int.self, forKey: .hop),
      bands: try values.decode(Int.self, forKey: .bands),
      lowestFrequency: try values.decode(Float.self, forKey: .lowestFrequency),
      highestFrequency: try values.decode(Float.self, forKey: .highestFrequency),
      stacking: try values.decodeIfPresent(Int.self, forKey: .stacking) ?? 1,
      alphabet: try values.decode(String.self, forKey: .alphabet),
      flush: try values.decodeIfPresent(Float.self, forKey: .flush) ?? 0.3)
  }
}
