/// A runner, or a part of one, whose state is 32-bit words.
package protocol StateWords: ~Copyable {
  /// The number of words, which never changes.
  var stateWordCount: Int { get }
  /// Writes so many words.
  func write(to writer: inout StateWriter)
  /// Reads what ``write(to:)`` of its like wrote. The words may say anything.
  mutating func read(from reader: inout StateReader)
}

/// Writes words one after the other.
package struct StateWriter {
  private var next: UnsafeMutableRawPointer

  package init(_ words: UnsafeMutableRawPointer) { next = words }

  package mutating func write(_ word: UInt32) {
    next.storeBytes(of: word, as: UInt32.self)
    next += 4
  }

  package mutating func write(_ words: UnsafeRawPointer, count: Int) {
    next.copyMemory(from: words, byteCount: 4 * count)
    next += 4 * count
  }

  package mutating func writeZeros(count: Int) {
    next.initializeMemory(as: UInt32.self, repeating: 0, count: count)
    next += 4 * count
  }
}

/// Reads words one after the other.
package struct StateReader {
  private var next: UnsafeRawPointer

  package init(_ words: UnsafeRawPointer) { next = words }

  package mutating func word() -> UInt32 {
    defer { next += 4 }
    return next.loadUnaligned(as: UInt32.self)
  }

  /// A count, which is no more than `most` whatever the bytes say.
  package mutating func count(upTo most: Int) -> Int { min(Int(word() & 0x7fff_ffff), most) }

  package mutating func read(_ words: UnsafeMutableRawPointer, count: Int) {
    words.copyMemory(from: next, byteCount: 4 * count)
    next += 4 * count
  }
}
