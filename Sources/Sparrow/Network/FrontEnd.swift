/// How a signal becomes frames for a network, and what becomes of the network's answer.
public enum FrontEnd: Sendable, Hashable {
  /// A mask for the signal's short-time spectrum: a denoiser.
  case spectral(SpectralFrontEnd)
  /// The probability of each of some words: a keyword spotter.
  case keywords(KeywordFrontEnd)

  /// Samples a second.
  public var sampleRate: Int {
    switch self {
    case .spectral(let frontEnd): frontEnd.sampleRate
    case .keywords(let frontEnd): frontEnd.sampleRate
    }
  }

  /// Samples from one frame to the next.
  public var hop: Int {
    switch self {
    case .spectral(let frontEnd): frontEnd.hop
    case .keywords(let frontEnd): frontEnd.hop
    }
  }

  /// Seconds from a sound's entering to an answer that has all of it in its window.
  public var latency: Double {
    switch self {
    case .spectral(let frontEnd): frontEnd.latency
    case .keywords(let frontEnd): Double(frontEnd.window) / Double(frontEnd.sampleRate)
    }
  }

  /// What a spotter knows.
  public var words: [String]? {
    switch self {
    case .spectral: nil
    case .keywords(let frontEnd): frontEnd.words
    }
  }

  func validate(inputWidth: Int, outputWidth: Int) throws(NetworkError) {
    switch self {
    case .spectral(let frontEnd):
      try frontEnd.validate(inputWidth: inputWidth, outputWidth: outputWidth)
    case .keywords(let frontEnd):
      try frontEnd.validate(inputWidth: inputWidth, outputWidth: outputWidth)
    }
  }
}

/// The members of what it holds; front ends for keywords besides have `"kind": "keywords"`.
extension FrontEnd: Codable {
  private enum CodingKeys: String, CodingKey {
    case kind
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    switch try values.decodeIfPresent(String.self, forKey: .kind) {
    case nil, "spectral": self = .spectral(try SpectralFrontEnd(from: decoder))
    case "keywords": self = .keywords(try KeywordFrontEnd(from: decoder))
    case let kind?:
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: values,
        debugDescription: "\"\(kind)\" is no kind of front end; expected spectral or keywords")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .spectral(let frontEnd): try frontEnd.encode(to: encoder)
    case .keywords(let frontEnd):
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode("keywords", forKey: .kind)
      try frontEnd.encode(to: encoder)
    }
  }
}
