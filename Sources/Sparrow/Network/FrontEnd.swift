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

  /// How a sound is cut into frames; nil where frames are no sound.
  public var sound: SoundFrames? {
    switch self {
    case .spectral(let frontEnd):
      SoundFrames(
        sampleRate: frontEnd.sampleRate, hop: frontEnd.hop, latency: frontEnd.latency)
    case .keywords(let frontEnd):
      SoundFrames(
        sampleRate: frontEnd.sampleRate, hop: frontEnd.hop,
        latency: Double(frontEnd.window) / Double(frontEnd.sampleRate))
    case .language, .series: nil
    }
  }

  /// The words of a spotter or a language model, or the classes of a classifier.
  public var words: [String]? {
    switch self {
    case .spectral: nil
    case .keywords(let frontEnd): frontEnd.words
    case .language(let frontEnd): frontEnd.words
    case .series(let frontEnd): frontEnd.classes
    }
  }

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    let outputWidth = layers.outputWidth(for: inputWidth)
    switch self {
    case .spectral(let frontEnd):
      try frontEnd.validate(inputWidth: inputWidth, outputWidth: outputWidth)
    case .keywords(let frontEnd):
      try frontEnd.validate(inputWidth: inputWidth, outputWidth: outputWidth)
    case .language(let frontEnd):
      try frontEnd.validate(inputWidth: inputWidth, layers: layers)
    case .series(let frontEnd):
      try frontEnd.validate(outputWidth: outputWidth)
    }
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
}

/// The members of what it holds; those that are not spectral also have their `kind`.
extension FrontEnd: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind
  }

  /// Reads a front end by its `kind`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    switch try values.decodeIfPresent(String.self, forKey: .kind) {
    case nil, "spectral": self = .spectral(try SpectralFrontEnd(from: decoder))
    case "keywords": self = .keywords(try KeywordFrontEnd(from: decoder))
    case "language": self = .language(try LanguageFrontEnd(from: decoder))
    case "series": self = .series(try SeriesFrontEnd(from: decoder))
    case let kind?:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription:
          "\"\(kind)\" is no kind of front end; expected spectral, keywords, language or series")
    }
  }

  /// Writes a front end with its `kind`.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .spectral(let frontEnd): try frontEnd.encode(to: encoder)
    case .keywords(let frontEnd):
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("keywords", forKey: .kind)
      try frontEnd.encode(to: encoder)
    case .language(let frontEnd):
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("language", forKey: .kind)
      try frontEnd.encode(to: encoder)
    case .series(let frontEnd):
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("series", forKey: .kind)
      try frontEnd.encode(to: encoder)
    }
  }
}

extension Network {
  /// The front end of a denoiser; nil for other networks.
  public var spectralFrontEnd: SpectralFrontEnd? {
    guard case .spectral(let frontEnd)? = frontEnd else { return nil }
    return frontEnd
  }

  /// The front end of a keyword spotter; nil for other networks.
  public var keywordFrontEnd: KeywordFrontEnd? {
    guard case .keywords(let frontEnd)? = frontEnd else { return nil }
    return frontEnd
  }

  /// The front end of a language model; nil for other networks.
  public var languageFrontEnd: LanguageFrontEnd? {
    guard case .language(let frontEnd)? = frontEnd else { return nil }
    return frontEnd
  }

  /// The front end of a classifier of series; nil for other networks.
  public var seriesFrontEnd: SeriesFrontEnd? {
    guard case .series(let frontEnd)? = frontEnd else { return nil }
    return frontEnd
  }
}
