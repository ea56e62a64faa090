extension SafeTensors {
  private static let checksumKey = "checksum"

  /// Of everything in the file but the checksum itself.
  private var checksum: String {
    var hash = FNV1a()
    func add(_ text: String) {
      for byte in text.utf8 { hash.add(UInt64(byte)) }
      hash.add(0x100)
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != Self.checksumKey {
      add(key)
      add(value)
    }
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      add(name)
      for size in tensor.shape { hash.add(UInt64(size)) }
      for value in tensor.values { hash.add(UInt64(value.bitPattern)) }
    }
    return String(hash.value, radix: 16)
  }

  /// The same with a checksum over all of it.
  package func sealed() -> SafeTensors {
    var file = self
    file.metadata[Self.checksumKey] = checksum
    return file
  }

  /// Whether everything is as it was when the file was sealed.
  package var isIntact: Bool { metadata[Self.checksumKey] == checksum }

  /// Whether the file was sealed, and something changed since.
  var isDamaged: Bool { metadata[Self.checksumKey] != nil && !isIntact }
}
