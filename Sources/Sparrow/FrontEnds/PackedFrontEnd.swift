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
    offset = frontEnd.rule.pack(into: &builder, embedding: nil)
    storage = PlanStorage(builder.bytes)
  }
}

extension ImageBuilder {
  /// Words in UTF-8, each with a zero byte after it.
  static func bytes(of words: [String]) -> [UInt8] {
    words.flatMap { Array($0.utf8) + [0] }
  }
}
