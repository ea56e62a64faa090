import SparrowCore

/// The signals of a call of a group, in blocks of those that lie side by side in it.
struct SignalBlocks: ~Copyable {
  /// The most signals of a block.
  let size: Int
  private let capacity: Int
  /// By index: the place of a signal in the call at hand, or -1.
  private let places: UnsafeMutablePointer<Int32>
  /// The indices of the block at hand.
  private let block: UnsafeMutablePointer<Int>

  init(capacity: Int, size: Int) {
    self.size = size
    self.capacity = capacity
    places = .allocate(capacity: capacity)
    places.initialize(repeating: -1, count: capacity)
    block = .allocate(capacity: size)
    block.initialize(repeating: 0, count: size)
  }

  deinit {
    places.deallocate()
    block.deallocate()
  }

  /// Begins a call.
  ///
  /// - Parameter signals: of the group, each once, in the order of what the call takes and gives.
  mutating func begin(_ signals: Span<Int>, of streams: borrowing StreamGroup) {
    for i in 0..<signals.count {
      let index = signals[i]
      precondition(streams.contains(index) && places[index] < 0, "signals of the group, each once")
      places[index] = Int32(i)
    }
  }

  /// Ends the call that began with the same signals.
  mutating func end(_ signals: Span<Int>) {
    for i in 0..<signals.count { places[signals[i]] = -1 }
  }

  /// Gathers the signals of the call whose indices are from `first` on.
  ///
  /// - Returns: how many there are among the next ``size`` indices.
  mutating func gather(from first: Int) -> Int {
    var count = 0
    for index in first..<min(first + size, capacity) where places[index] >= 0 {
      block[count] = index
      count += 1
    }
    return count
  }

  /// The first indices of the block at hand.
  func indices(_ count: Int) -> UnsafeBufferPointer<Int> {
    UnsafeBufferPointer(start: block, count: count)
  }

  /// The place in the call of a signal of the block at hand.
  func place(_ i: Int) -> Int { Int(places[block[i]]) }

  subscript(i: Int) -> Int { block[i] }
}
