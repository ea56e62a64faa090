/// A vector's place in scratch memory.
struct Slot: Equatable {
  /// In words of four bytes.
  let offset: UInt32
  /// Values, a multiple of 16.
  let width: Int
}

/// Gives vectors of a step places in scratch memory, and gives places again once they are free: the
/// smallest that is large enough, so that a stream needs little memory and its cache lines stay at
/// hand.
struct ScratchAllocator {
  /// Values in a word: one float, or two activations of 16 bits.
  let valuesPerWord: Int
  /// Words.
  private(set) var capacity = 0
  /// Words that are free, in order; no two ranges touch.
  private var free: [Range<Int>] = []

  init(valuesPerWord: Int) { self.valuesPerWord = valuesPerWord }

  mutating func allocate(_ width: Int) -> Slot {
    let width = padded(width)
    return Slot(offset: UInt32(take(words(width))), width: width)
  }

  /// Words that nothing else is ever given.
  mutating func reserve(words: Int) -> UInt32 {
    defer { capacity += padded(words) }
    return UInt32(capacity)
  }

  mutating func release(_ slot: Slot) {
    var range = Int(slot.offset)..<Int(slot.offset) + words(slot.width)
    var index = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.endIndex
    if index < free.endIndex, free[index].lowerBound == range.upperBound {
      range = range.lowerBound..<free.remove(at: index).upperBound
    }
    if index > 0, free[index - 1].upperBound == range.lowerBound {
      index -= 1
      range = free.remove(at: index).lowerBound..<range.upperBound
    }
    free.insert(range, at: index)
  }

  /// Words of a slot: whole lines of the cache.
  private func words(_ width: Int) -> Int { padded(width / valuesPerWord) }

  private mutating func take(_ count: Int) -> Int {
    let fitting = free.indices.filter { free[$0].count >= count }
    if let index = fitting.min(by: { free[$0].count < free[$1].count }) {
      let first = free[index].lowerBound
      free[index] = first + count..<free[index].upperBound
      if free[index].isEmpty { free.remove(at: index) }
      return first
    }
    // At the end, from what is free there on.
    let first = free.last?.upperBound == capacity ? free.removeLast().lowerBound : capacity
    capacity = first + count
    return first
  }
}
