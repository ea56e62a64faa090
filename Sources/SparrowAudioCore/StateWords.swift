import SparrowCore

/// Writes words one after the other.
struct StateWriter {
  private var next: UnsafeMutableRawPointer

  init(_ words: UnsafeMutableRawPointer) { next = words }

  mutating func write(_ word: UInt32) {
    next.storeBytes(of: word, as: UInt32.self)
    next += 4
  }

  mutating func write(_ floats: UnsafePointer<Float>, count: Int) {
    next.copyMemory(from: floats, byteCount: 4 * count)
    next += 4 * count
  }

  mutating func writeZeros(count: Int) {
    next.initializeMemory(as: UInt32.self, repeating: 0, count: count)
    next += 4 * count
  }

  mutating func write(_ stream: borrowing NetworkStream) {
    stream.writeState(to: next.assumingMemoryBound(to: UInt32.self))
    next += 4 * stream.plan.stateValueCount
  }
}

/// Reads words one after the other.
struct StateReader {
  private var next: UnsafeRawPointer

  init(_ words: UnsafeRawPointer) { next = words }

  mutating func word() -> UInt32 {
    defer { next += 4 }
    return next.loadUnaligned(as: UInt32.self)
  }

  /// A count, which is no more than `most` whatever the bytes say.
  mutating func count(upTo most: Int) -> Int { min(Int(word() & 0x7fff_ffff), most) }

  mutating func read(_ floats: UnsafeMutablePointer<Float>, count: Int) {
    UnsafeMutableRawPointer(floats).copyMemory(from: next, byteCount: 4 * count)
    next += 4 * count
  }

  mutating func read(_ stream: inout NetworkStream) {
    stream.readState(from: next.assumingMemoryBound(to: UInt32.self))
    next += 4 * stream.plan.stateValueCount
  }
}
