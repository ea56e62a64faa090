/// A runner of a signal that can be stopped, sent elsewhere and resumed: its whole memory is bytes
/// that mean the same on every machine.
public protocol StateCarrying: ~Copyable {
  /// Bytes of a state, which never change in number.
  var stateByteCount: Int { get }

  /// Writes the state, without allocating.
  ///
  /// - Parameter bytes: at least ``stateByteCount`` bytes.
  func writeState(to bytes: UnsafeMutableRawBufferPointer)

  /// Goes on from a state that ``writeState(to:)`` of its like wrote, without allocating.
  ///
  /// - Throws: ``StreamStateError`` where the bytes are no such state; then nothing has changed.
  mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError)

  /// Whether bytes are a state that it can go on from.
  ///
  /// - Throws: ``StreamStateError`` where they are not.
  func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError)

  /// Begins a new signal.
  mutating func reset()
}

/// States as bytes: four letters, a version, what the state belongs to, the number of 32-bit words,
/// and these, all little-endian.
package enum StateBytes {
  package static var headerByteCount: Int { 24 }
  private static var version: UInt32 { 1 }

  package static func writeHeader(
    _ letters: StaticString, identity: UInt64, words: Int, to bytes: UnsafeMutableRawPointer
  ) {
    bytes.copyMemory(from: letters.utf8Start, byteCount: 4)
    bytes.storeBytes(of: version, toByteOffset: 4, as: UInt32.self)
    bytes.storeBytes(of: identity, toByteOffset: 8, as: UInt64.self)
    bytes.storeBytes(of: UInt64(words), toByteOffset: 16, as: UInt64.self)
  }

  package static func checkHeader(
    _ bytes: UnsafeRawBufferPointer, _ letters: StaticString, identity: UInt64, words: Int
  ) throws(StreamStateError) {
    guard bytes.count >= headerByteCount else { throw .notAState }
    for i in 0..<4 where bytes[i] != letters.utf8Start[i] { throw .notAState }
    let version = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    guard version == Self.version else { throw .unsupportedVersion(version) }
    guard bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == identity else {
      throw .otherNetwork
    }
    guard bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self) == UInt64(words),
      bytes.count == headerByteCount + 4 * words
    else { throw .truncated }
  }
}

/// A runner whose state is its words behind a header. Its public methods call the ones here: those
/// of a package protocol cannot be public themselves.
package protocol StateBytesCarrying: StateCarrying, StateWords, ~Copyable {
  /// Four letters that tell states of its kind.
  static var stateLetters: StaticString { get }
  /// Differs where a state of one is none of the other.
  var stateIdentity: UInt64 { get }
}

extension StateBytesCarrying where Self: ~Copyable {
  package var framedByteCount: Int { StateBytes.headerByteCount + 4 * stateWordCount }

  package func writeFramed(to bytes: UnsafeMutableRawBufferPointer) {
    precondition(bytes.count >= framedByteCount, "room for a state")
    StateBytes.writeHeader(
      Self.stateLetters, identity: stateIdentity, words: stateWordCount, to: bytes.baseAddress!)
    var writer = StateWriter(bytes.baseAddress! + StateBytes.headerByteCount)
    write(to: &writer)
  }

  package mutating func readFramed(
    from bytes: UnsafeRawBufferPointer
  ) throws(StreamStateError) {
    try checkFrame(of: bytes)
    var reader = StateReader(bytes.baseAddress! + StateBytes.headerByteCount)
    read(from: &reader)
  }

  package func checkFrame(of bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try StateBytes.checkHeader(
      bytes, Self.stateLetters, identity: stateIdentity, words: stateWordCount)
  }
}
