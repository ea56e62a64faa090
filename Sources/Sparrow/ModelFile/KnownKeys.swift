extension Decoder {
  /// The values of an object that people write, if it has no keys but `Key`'s: one that is not
  /// known is most likely misspelt, and what it says would go unheard.
  package func strictContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    try refuseKeys { Key(stringValue: $0) == nil }
    return try container(keyedBy: type)
  }

  /// - Throws: where the object has other keys than these.
  func refuseKeys(besides names: [String]) throws {
    try refuseKeys { !names.contains($0) }
  }

  private func refuseKeys(where isUnknown: (String) -> Bool) throws {
    for key in try container(keyedBy: AnyKey.self).allKeys where isUnknown(key.name) {
      let renamed = renamedKeys[key.name].flatMap { isUnknown($0) ? nil : $0 }
      let description =
        renamed.map { "key `\(key.name)` is now `\($0)`" } ?? "unknown key `\(key.name)`"
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath + [key], debugDescription: description))
    }
  }
}

/// Keys of recipes that had another name before version 0.1.0. An old one is refused by naming the
/// new one.
private let renamedKeys = [
  "after": "afterWordEnd",
  "averaging": "emaDecay",
  "bandMaskWidth": "frequencyMaskWidth",
  "bandMasks": "frequencyMasks",
  "before": "beforeWordEnd",
  "byRow": "perChannel",
  "clipping": "clippingFactor",
  "embedding": "embeddingWidth",
  "longestGradient": "maximumGradientNorm",
  "method": "optimizer",
  "products": "matmulPrecision",
  "share": "weight",
  "warmUp": "warmupFraction",
  "words": "vocabularySize",
]

private struct AnyKey: CodingKey {
  let name: String

  var stringValue: String { name }
  var intValue: Int? { nil }

  init(stringValue: String) { name = stringValue }
  init?(intValue: Int) { return nil }
}
