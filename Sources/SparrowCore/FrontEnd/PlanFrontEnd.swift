package import CSparrow

/// The task of a plan's network, by the front end in its image.
public enum FrontEndKind: UInt32, Sendable {
  /// A mask for the short-time spectrum of a sound: a denoiser.
  case spectral = 1
  /// The probabilities of words in a sound: a keyword spotter.
  case keywords = 2
  /// The probability of each word to be the next one of a text: a language model.
  case language = 3
}

extension Plan {
  /// The network's task; nil where the image has no front end.
  public var frontEndKind: FrontEndKind? { FrontEndKind(rawValue: program.header.front_end) }

  /// The record of a denoiser's front end; nil for other networks.
  package var spectralFrontEnd: UnsafePointer<sparrow_spectral_front_end>? {
    guard frontEndKind == .spectral else { return nil }
    return frontEndRecord.assumingMemoryBound(to: sparrow_spectral_front_end.self)
  }

  /// The record of a keyword spotter's front end; nil for other networks.
  package var keywordFrontEnd: sparrow_keyword_front_end? {
    guard frontEndKind == .keywords else { return nil }
    return frontEndRecord.load(as: sparrow_keyword_front_end.self)
  }

  /// The record of a language model's front end; nil for other networks.
  package var languageFrontEnd: sparrow_language_front_end? {
    guard frontEndKind == .language else { return nil }
    return frontEndRecord.load(as: sparrow_language_front_end.self)
  }

  /// Samples per second of the sound that frames are made of; nil without a front end.
  public var sampleRate: Int? {
    (spectralFrontEnd?.pointee.sample_rate ?? keywordFrontEnd?.sample_rate).map { Int($0) }
  }

  /// Samples per frame of the sound that frames are made of; nil without a front end.
  public var hop: Int? { (spectralFrontEnd?.pointee.hop ?? keywordFrontEnd?.hop).map { Int($0) } }

  /// The number of words that a keyword spotter can hear or a language model knows; 0 for other
  /// networks.
  public var wordCount: Int {
    Int(keywordFrontEnd?.word_count ?? languageFrontEnd?.word_count ?? 0)
  }

  /// The UTF-8 bytes of a word, which a zero byte follows. They live as long as the plan.
  ///
  /// - Parameter word: 0 to ``wordCount`` - 1.
  public func name(ofWord word: Int) -> UnsafeBufferPointer<UInt8> {
    precondition((0..<wordCount).contains(word), "a word's place")
    let start: UnsafePointer<UInt8>
    if let frontEnd = languageFrontEnd {
      let first = image.load(
        fromByteOffset: Int(frontEnd.starts_offset) + 4 * word, as: UInt32.self)
      start = bytes(at: frontEnd.words_offset) + Int(first)
    } else {
      start = keyword(word)
    }
    var count = 0
    while start[count] != 0 { count += 1 }
    return UnsafeBufferPointer(start: start, count: count)
  }

  /// The first byte of a keyword: there are few.
  private func keyword(_ word: Int) -> UnsafePointer<UInt8> {
    var start = bytes(at: keywordFrontEnd!.words_offset)
    var left = word
    while left > 0 {
      if start.pointee == 0 { left -= 1 }
      start += 1
    }
    return start
  }

  private func bytes(at offset: UInt32) -> UnsafePointer<UInt8> {
    (image + Int(offset)).assumingMemoryBound(to: UInt8.self)
  }

  /// The image, which offsets in records count from.
  package var image: UnsafeRawPointer { program.image }

  private var frontEndRecord: UnsafeRawPointer {
    program.image + Int(program.header.front_end_offset)
  }
}
