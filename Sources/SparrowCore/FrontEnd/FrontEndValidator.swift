package import CSparrow

/// Checks a front end's record and tables in an image. Limits are those of `SpectralFrontEnd`,
/// `KeywordFrontEnd` and `LanguageFrontEnd`, which say why.
struct FrontEndValidator {
  let image: UnsafeRawPointer
  let extent: ImageExtent

  /// Whether the record at `offset` is one of a network of these widths.
  func isValid(_ kind: UInt32, at offset: UInt32, inputWidth: UInt32, outputWidth: UInt32) -> Bool {
    switch sparrow_front_end_kind(kind) {
    case SPARROW_FRONT_END_NONE:
      return true
    case SPARROW_FRONT_END_SPECTRAL:
      guard let record = record(sparrow_spectral_front_end.self, at: offset) else { return false }
      return isValid(record) && record.pointee.bands * record.pointee.feature_count == inputWidth
        && record.pointee.bands == outputWidth
    case SPARROW_FRONT_END_KEYWORDS:
      guard let record = record(sparrow_keyword_front_end.self, at: offset)?.pointee else {
        return false
      }
      return isValid(record) && record.bands == inputWidth && record.word_count + 1 == outputWidth
    case SPARROW_FRONT_END_LANGUAGE:
      guard let record = record(sparrow_language_front_end.self, at: offset)?.pointee else {
        return false
      }
      return record.word_count == outputWidth && isValid(record, width: inputWidth)
    default:
      return false
    }
  }

  private func record<Record>(_ type: Record.Type, at offset: UInt32) -> UnsafePointer<Record>? {
    guard extent.holds(offset, Int64(MemoryLayout<Record>.size)) else { return nil }
    return (image + Int(offset)).assumingMemoryBound(to: type)
  }

  private static let longest: UInt32 = 1 << 14

  private func isValid(_ pointer: UnsafePointer<sparrow_spectral_front_end>) -> Bool {
    let record = pointer.pointee
    let length = record.transform_length
    guard (128...Self.longest).contains(length), length & (length - 1) == 0,
      (128...length).contains(record.window), record.hop >= 16, record.hop <= record.window / 2,
      record.window % record.hop == 0, (1000...384_000).contains(record.sample_rate),
      (1...UInt32(sparrow_most_features)).contains(record.feature_count),
      (1...length / 2 + 1).contains(record.bands),
      holds(record.twiddles_offset, FourierShape(length: Int(length)).twiddleCount),
      holds(record.unpack_offset, Int(length)), holds(record.windows_offset, 2 * Int(length))
    else { return false }
    guard record.floor.isFinite, record.power.isFinite, record.mask_gain.isFinite else {
      return false
    }
    return hasBands(record) && hasFeatures(pointer)
  }

  private func holds(_ offset: UInt32, _ words: Int) -> Bool {
    offset > 0 && extent.holds(offset, 4 * Int64(words))
  }

  private func hasBands(_ record: sparrow_spectral_front_end) -> Bool {
    let bins = Int32(record.transform_length / 2 + 1)
    guard record.edges_offset > 0 else { return record.bands == UInt32(bins) }
    guard holds(record.edges_offset, Int(record.bands) + 1) else { return false }
    let edges = (image + Int(record.edges_offset)).assumingMemoryBound(to: Int32.self)
    guard edges[0] == 0, edges[Int(record.bands)] == bins else { return false }
    for band in 0..<Int(record.bands) where edges[band] >= edges[band + 1] { return false }
    return true
  }

  private func hasFeatures(_ record: UnsafePointer<sparrow_spectral_front_end>) -> Bool {
    for i in 0..<Int(record.pointee.feature_count) {
      let feature = record.feature(i)
      guard feature.kind <= SPARROW_FEATURE_RELATIVE_TO_FRAME.rawValue, feature.rise.isFinite,
        feature.fall.isFinite, feature.offset.isFinite, !feature.limit.isNaN,
        feature.initial.isFinite, feature.begins_with_frame <= 1
      else { return false }
    }
    return true
  }

  private func isValid(_ record: sparrow_keyword_front_end) -> Bool {
    guard (1000...384_000).contains(record.sample_rate), (1...1000).contains(record.word_count),
      (1...1 << 20).contains(record.smoothing_frames),
      (1...1 << 20).contains(record.settling_frames), record.refractory_frames <= 1 << 30,
      record.threshold.isFinite, record.word_count * record.smoothing_frames <= 1 << 20,
      let shape = LogMelShape(record), holds(record.tables_offset, shape.tableCount),
      LogMel(record, image: image) != nil
    else { return false }
    return hasWords(record.word_count, at: record.words_offset, bytes: record.words_bytes)
  }

  /// Whether there are so many words, each with a zero byte after it. `starts`: of their first
  /// bytes; nil where nobody asks for these.
  private func hasWords(
    _ count: UInt32, at offset: UInt32, bytes size: UInt32, starts: UnsafePointer<UInt32>? = nil
  ) -> Bool {
    guard offset > 0, size > 0, extent.holds(offset, Int64(size)) else { return false }
    let bytes = (image + Int(offset)).assumingMemoryBound(to: UInt8.self)
    var words: UInt32 = 0
    for i in 0..<size where i == 0 || bytes[Int(i) - 1] == 0 {
      if words < count, let starts, starts[Int(words)] != i { return false }
      words += 1
    }
    return words == count && bytes[Int(size) - 1] == 0
  }

  private func isValid(_ record: sparrow_language_front_end, width: UInt32) -> Bool {
    let words = Int64(record.word_count)
    let size: Int64? =
      switch sparrow_arithmetic(record.arithmetic) {
      case SPARROW_F32: 4
      case SPARROW_BF16: 2
      case SPARROW_W8: 1
      default: nil
      }
    guard let size, record.end_of_line < record.word_count, record.embedding_offset > 0,
      extent.holds(record.embedding_offset, words * Int64(width) * size),
      size > 1 || holds(record.scales_offset, Int(words)),
      holds(record.starts_offset, Int(words))
    else { return false }
    return hasWords(
      record.word_count, at: record.words_offset, bytes: record.words_bytes,
      starts: (image + Int(record.starts_offset)).assumingMemoryBound(to: UInt32.self))
  }
}

/// The sizes of a Fourier transform's tables.
package struct FourierShape {
  /// Samples: a power of two of at least 128.
  package let length: Int

  package init(length: Int) { self.length = length }

  /// Floats of all stages' factors: three complex ones for each butterfly of four points.
  package var twiddleCount: Int {
    var count = 0
    var left = length / 2
    while left > 4 {
      count += 6 * (length / 8)
      left /= 4
    }
    return count
  }
}

extension UnsafePointer<sparrow_spectral_front_end> {
  /// Read where it lies: a record has hundreds of bytes.
  package func feature(_ index: Int) -> sparrow_feature {
    // They are the last part of the record.
    let all = MemoryLayout.size(ofValue: pointee.features)
    return UnsafeRawPointer(self).load(
      fromByteOffset: MemoryLayout<Pointee>.size - all
        + index * MemoryLayout<sparrow_feature>.stride, as: sparrow_feature.self)
  }
}

extension LogMelShape {
  package init?(_ record: sparrow_keyword_front_end) {
    self.init(
      window: Int(record.window), hop: Int(record.hop), bands: Int(record.bands),
      weights: Int(record.weight_count))
  }
}

extension LogMel {
  /// The mel bands of a record whose tables lie in an image.
  package init?(_ record: sparrow_keyword_front_end, image: UnsafeRawPointer) {
    guard let shape = LogMelShape(record) else { return nil }
    let tables = (image + Int(record.tables_offset)).assumingMemoryBound(to: Int32.self)
    self.init(shape, tables: UnsafeBufferPointer(start: tables, count: shape.tableCount))
  }
}
