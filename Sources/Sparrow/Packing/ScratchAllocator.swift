/// A vector's place in scratch memory.
struct Slot: Equatable {
  let offset: UInt32
  /// Floats, a multiple of 16.
  let width: Int
}

/// Gives vectors of a step places in scratch memory, and gives places again once they are free.
struct ScratchAllocator {
  private(set) var capacity = 0
  private var free: [Slot] = []

  mutating func allocate(_ width: Int) -> Slot {
    let width = padded(width)
    if let index = free.firstIndex(where: { $0.width == width }) { return free.remove(at: index) }
    defer { capacity += width }
    return Slot(offset: UInt32(capacity), width: width)
  }

  mutating func release(_ slot: Slot) { free.append(slot) }
}
