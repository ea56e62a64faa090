package import SparrowCore

/// How a signal or a text becomes frames for a network, and what becomes of the network's answer.
public enum FrontEnd: Sendable, Hashable {
  /// A mask for the signal's short-time spectrum: a denoiser.
  case spectral(SpectralFrontEnd)
  /// The probability of each of some words: a keyword spotter.
  case keywords(KeywordFrontEnd)
  /// The probability of each word to be the next one of a text: a language model.
  case language(LanguageFrontEnd)
  /// The probability of each of some classes, at every frame of numbers: a classifier of series.
  case series(SeriesFrontEnd)
  /// The probability of each character of an alphabet: speech recognition.
  case speech(SpeechFrontEnd)

  /// The rule of the kind of front end; the only switch over kinds.
  var rule: any FrontEndRule {
    switch self {
    case .spectral(let rule): rule
    case .keywords(let rule): rule
    case .language(let rule): rule
    case .series(let rule): rule
    case .speech(let rule): rule
    }
  }

  /// Every kind of front end. A front end without a kind in JSON is of the first.
  static let rules: [any FrontEndRule.Type] = [
    SpectralFrontEnd.self,
    KeywordFrontEnd.self,
    LanguageFrontEnd.self,
    SeriesFrontEnd.self,
    SpeechFrontEnd.self,
  ]

  /// The kind in JSON, as "spectral".
  public var kind: String { type(of: rule).kind }

  /// The kind of a front end without a kind in JSON.
  package static var usualKind: String { rules[0].kind }

  /// A network with the front end, as "a denoiser".
  package var network: String { type(of: rule).network }

  /// The same by the kind of a plan's front end.
  package static func network(_ kind: FrontEndKind) -> String {
    rules.first { $0.planKind == kind }?.network ?? "a network"
  }

  /// How a sound is cut into frames; nil where frames are no sound.
  public var sound: SoundFrames? { rule.sound }

  /// Frames per second; nil where frames have no time.
  package var framesPerSecond: Double? { rule.framesPerSecond }

  /// The words of a spotter or a language model, or the classes of a classifier.
  public var words: [String]? { rule.names?.names }

  /// The names of the outputs; nil where they have none.
  package var names: OutputNames? { rule.names }

  /// The values of a frame; nil where the network determines them.
  package var frameWidth: Int? { rule.frameWidth }

  /// Whether both give the same frames to networks of the same outputs. The decision on the output
  /// does not matter.
  package func hasFrames(of other: FrontEnd) -> Bool {
    rule.withUsualDecision.frontEnd == other.rule.withUsualDecision.frontEnd
  }
}

/// How a sound is cut into frames.
public struct SoundFrames: Sendable, Hashable {
  /// Samples a second.
  public let sampleRate: Int
  /// Samples from one frame to the next.
  public let hop: Int
  /// Seconds from a sound's entering to an answer that has all of it in its window.
  public let latency: Double

  /// Frames per second.
  package var framesPerSecond: Double { Double(sampleRate) / Double(hop) }
}

/// The members of what it holds; those that are not spectral also have their `kind`.
extension FrontEnd: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind
  }

  /// Reads a front end by its `kind`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let kind = try values.decodeIfPresent(String.self, forKey: .kind) ?? Self.usualKind
    guard let rule = Self.rules.first(where: { $0.kind == kind }) else {
      let known = Self.rules.map { $0.kind }
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription: "\"\(kind)\" is no kind of front end; expected "
          + known.dropLast().joined(separator: ", ") + " or \(known.last!)")
    }
    self = try rule.init(from: decoder).frontEnd
  }

  /// Writes a front end with its `kind`.
  public func encode(to encoder: any Encoder) throws {
    if kind != Self.usualKind {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(kind, forKey: .kind)
    }
    try rule.encode(to: encoder)
  }
}
