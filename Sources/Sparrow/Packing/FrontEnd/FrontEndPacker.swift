import CSparrow

extension ImageBuilder {
  /// Appends the record and the tables of a front end; returns its kind and where the record lies.
  ///
  /// - Parameters:
  ///   - embedding: of a language model.
  ///   - weights: How the embedding is stored.
  mutating func append(
    _ frontEnd: FrontEnd?, embedding: Tensor? = nil, _ weights: WeightPrecision = .single
  ) -> (kind: sparrow_front_end_kind, offset: UInt32) {
    switch frontEnd {
    case .spectral(let frontEnd): (SPARROW_FRONT_END_SPECTRAL, append([record(of: frontEnd)]))
    case .keywords(let frontEnd): (SPARROW_FRONT_END_KEYWORDS, append([record(of: frontEnd)]))
    case .language(let frontEnd):
      (
        SPARROW_FRONT_END_LANGUAGE,
        append([record(of: frontEnd, StoredEmbedding(embedding!, weights))])
      )
    // A plan takes frames of numbers as they are.
    case .series, nil: (SPARROW_FRONT_END_NONE, 0)
    }
  }

  private mutating func record(of frontEnd: SpectralFrontEnd) -> sparrow_spectral_front_end {
    let period = Double(frontEnd.hop) / Double(frontEnd.sampleRate)
    func frames(_ seconds: Float) -> UInt32 { UInt32((Double(seconds) / period).rounded()) }
    var record = sparrow_spectral_front_end()
    record.sample_rate = UInt32(frontEnd.sampleRate)
    record.window = UInt32(frontEnd.window)
    record.hop = UInt32(frontEnd.hop)
    record.transform_length = UInt32(frontEnd.fourierLength)
    record.bands = UInt32(frontEnd.bands)
    record.feature_count = UInt32(frontEnd.features.count)
    record.floor = frontEnd.floor
    record.power = frontEnd.exponent / 2
    record.mask_gain = frontEnd.maskGain
    record.silence = frontEnd.silence ?? 0
    record.restart_frames = frontEnd.restart.map { max(1, frames($0)) } ?? 0
    record.twiddles_offset = append(SpectralTables.twiddles(length: frontEnd.fourierLength))
    record.unpack_offset = append(SpectralTables.unpacking(length: frontEnd.fourierLength))
    record.windows_offset = append(SpectralTables.windows(frontEnd))
    record.edges_offset = frontEnd.bandEdges.map { append($0.map { Int32($0) }) } ?? 0
    let features = frontEnd.features.map { feature in
      sparrow_feature(
        kind: feature.kind.cValue.rawValue,
        rise: SpectralTables.share(timeConstant: feature.rise, period: period),
        fall: SpectralTables.share(timeConstant: feature.fall, period: period),
        offset: feature.offset, limit: feature.limit ?? .infinity, initial: feature.initial ?? 0,
        begins_with_frame: feature.initial == nil ? 1 : 0,
        settling_frames: frames(feature.settling ?? 0))
    }
    withUnsafeMutableBytes(of: &record.features) { bytes in
      features.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    return record
  }

  private mutating func record(of frontEnd: KeywordFrontEnd) -> sparrow_keyword_front_end {
    let tables = MelTables(frontEnd)
    var record = sparrow_keyword_front_end()
    record.sample_rate = UInt32(frontEnd.sampleRate)
    record.window = UInt32(frontEnd.window)
    record.hop = UInt32(frontEnd.hop)
    record.bands = UInt32(frontEnd.bands)
    record.weight_count = UInt32(tables.shape.weights)
    record.tables_offset = append(tables.values)
    record.threshold = frontEnd.threshold
    record.smoothing_frames = UInt32(frontEnd.smoothingFrames)
    record.settling_frames = UInt32(frontEnd.settlingFrames)
    record.refractory_frames = UInt32(frontEnd.refractoryFrames)
    let words = Self.bytes(of: frontEnd.words)
    record.word_count = UInt32(frontEnd.words.count)
    record.words_offset = append(words)
    record.words_bytes = UInt32(words.count)
    return record
  }

  private mutating func record(
    of frontEnd: LanguageFrontEnd, _ embedding: StoredEmbedding
  ) -> sparrow_language_front_end {
    let words = Self.bytes(of: frontEnd.words)
    var starts: [UInt32] = []
    var start = 0
    for word in frontEnd.words {
      starts.append(UInt32(start))
      start += word.utf8.count + 1
    }
    var record = sparrow_language_front_end()
    record.word_count = UInt32(frontEnd.words.count)
    record.end_of_line = UInt32(frontEnd.words.firstIndex(of: LanguageFrontEnd.endOfLine)!)
    switch embedding {
    case .single(let rows):
      record.arithmetic = SPARROW_F32.rawValue
      record.embedding_offset = append(rows)
    case .bfloat16(let rows):
      record.arithmetic = SPARROW_BF16.rawValue
      record.embedding_offset = append(rows)
    case .bytes(let rows, let scales):
      record.arithmetic = SPARROW_W8.rawValue
      record.embedding_offset = append(rows)
      record.scales_offset = append(scales)
    }
    record.words_offset = append(words)
    record.words_bytes = UInt32(words.count)
    record.starts_offset = append(starts)
    return record
  }

  private static func bytes(of words: [String]) -> [UInt8] {
    words.flatMap { Array($0.utf8) + [0] }
  }
}

extension SpectralFrontEnd.Feature.Kind {
  fileprivate var cValue: sparrow_feature_kind {
    switch self {
    case .magnitude: SPARROW_FEATURE_MAGNITUDE
    case .relativeToBin: SPARROW_FEATURE_RELATIVE_TO_BIN
    case .relativeToLevel: SPARROW_FEATURE_RELATIVE_TO_LEVEL
    case .relativeToFrame: SPARROW_FEATURE_RELATIVE_TO_FRAME
    }
  }
}

/// A front end as plans carry it, without a network: a record in an image, and the tables that its
/// offsets lead to.
package struct PackedFrontEnd {
  /// Where the record lies.
  package var record: UnsafeRawPointer { image + Int(offset) }
  /// The start of the record's offsets.
  package var image: UnsafeRawPointer { storage.bytes.baseAddress! }
  /// Keeps the image.
  package var owner: AnyObject { storage }
  private let offset: UInt32
  private let storage: PlanStorage

  /// A denoiser's front end: a `sparrow_spectral_front_end`.
  package init(_ frontEnd: SpectralFrontEnd) { self.init(.spectral(frontEnd)) }

  /// A keyword spotter's front end: a `sparrow_keyword_front_end`.
  package init(_ frontEnd: KeywordFrontEnd) { self.init(.keywords(frontEnd)) }

  private init(_ frontEnd: FrontEnd) {
    var builder = ImageBuilder()
    offset = builder.append(frontEnd).offset
    storage = PlanStorage(builder.bytes)
  }
}
