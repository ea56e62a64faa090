/// A runner's state as bytes that mean the same on every machine: four letters, a version, the
/// network's fingerprint, the number of 32-bit words, and these, all little-endian.
package enum StateBytes {
  package static var headerByteCount: Int { 24 }
  private static var version: UInt32 { 1 }

  package static func writeHeader(
    _ letters: StaticString, _ plan: borrowing Plan, words: Int, to bytes: UnsafeMutableRawPointer
  ) {
    bytes.copyMemory(from: letters.utf8Start, byteCount: 4)
    bytes.storeBytes(of: version, toByteOffset: 4, as: UInt32.self)
    bytes.storeBytes(of: plan.fingerprint, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: UInt64(words), toByteOffset: 16, as: UInt64.self)
  }

  /// Checks that bytes are a state of a plan's network.
  package static func checkHeader(
    _ bytes: UnsafeRawBufferPointer, _ letters: StaticString, _ plan: borrowing Plan, words: Int
  ) throws(StreamStateError) {
    guard bytes.count >= headerByteCount else { throw .notAState }
    for i in 0..<4 where bytes[i] != letters.utf8Start[i] { throw .notAState }
    let version = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    guard version == Self.version else { throw .unsupportedVersion(version) }
    guard bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == plan.fingerprint else {
      throw .otherNetwork
    }
    guard bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self) == UInt64(words),
      bytes.count == headerByteCount + 4 * words
    else { throw .truncated }
  }
}
