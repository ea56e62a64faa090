extension Decoder {
  /// The values of an object that people write, if it has no keys but `Key`'s: one that is not known is most
  /// likely misspelt, and what it says would go unheard.
  package func strictContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    for key in try container(keyedBy: AnyKey.self).allKeys where Key(stringValue: key.name) == nil {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath + [key], debugDescription: "unknown key `\(key.name)`"))
    }
    return try container(keyedBy: type)
  }
}

private struct AnyKey: CodingKey {
  let name: String

  var stringValue: String { name }
  var intValue: Int? { nil }

  init(stringValue: String) { name = stringValue }
  init?(intValue: Int) { return nil }
}
