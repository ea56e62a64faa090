/// A vector's place in scratch memory.
struct Slot: Equatable {
  /// In words of four bytes.
  let offset: UInt32
  /// Values, a multiple of 16.
  let width: Int
}

/// Gives vectors of a step places in scratch memory, and gives places again once they are free.
struct ScratchAllocator {
  /// Values in a word: one float, or two activations of 16 bits.
  let valuesPerWord: Int
  /// Words.
  private(set) var capacity = 0
  private var free: [Slot] = []

  init(valuesPerWord: Int) { self.valuesPerWord = valuesPerWord }

  mutating func allocate(_ width: Int) -> Slot {
    let width = padded(width)
    if let index = free.firstIndex(where: { $0.width == width }) { return free.remove(at: index) }
    // On a line of the cache.
    defer { capacity += padded(width / valuesPerWord) }
    return Slot(offset: UInt32(capacity), width: width)
  }

  /// Words that nothing else is ever given.
  mutating func reserve(words: Int) -> UInt32 {
    defer { capacity += padded(words) }
    return UInt32(capacity)
  }

  mutating func release(_ slot: Slot) { free.append(slot) }
}
