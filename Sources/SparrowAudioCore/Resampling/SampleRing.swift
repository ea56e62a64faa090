import SparrowCore

/// Samples that wait for their turn, first in, first out.
struct SampleRing: ~Copyable {
  private let memory: UnsafeMutablePointer<Float>
  let capacity: Int
  private var start = 0
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    memory = .allocate(capacity: capacity)
    memory.initialize(repeating: 0, count: capacity)
  }

  deinit { memory.deallocate() }

  /// Samples up to the end of the memory, from a place in order.
  private func run(from place: Int, most: Int) -> (first: UnsafeMutablePointer<Float>, count: Int) {
    let index = start + place < capacity ? start + place : start + place - capacity
    return (memory + index, min(most, capacity - index))
  }

  /// Adds samples at the end: as many as there is room for.
  mutating func append(_ samples: UnsafePointer<Float>, count added: Int) {
    let added = min(added, capacity - count)
    let head = run(from: count, most: added)
    head.first.copy(samples, count: head.count)
    memory.copy(samples + head.count, count: added - head.count)
    count += added
  }

  /// Takes samples from the beginning: as many as there are.
  ///
  /// - Returns: how many were written.
  mutating func take(_ most: Int, into samples: UnsafeMutablePointer<Float>) -> Int {
    let taken = min(most, count)
    let head = run(from: 0, most: taken)
    samples.copy(head.first, count: head.count)
    (samples + head.count).copy(memory, count: taken - head.count)
    drop(taken)
    return taken
  }

  /// The samples that lie side by side at the beginning.
  func first(_ most: Int) -> (samples: UnsafePointer<Float>, count: Int) {
    let head = run(from: 0, most: min(most, count))
    return (UnsafePointer(head.first), head.count)
  }

  /// Forgets samples at the beginning; there are that many.
  mutating func drop(_ gone: Int) {
    start += gone
    if start >= capacity { start -= capacity }
    count -= gone
  }

  /// Holds nothing but zeros, `count` of them.
  mutating func reset(zeros count: Int = 0) {
    memory.update(repeating: 0, count: capacity)
    start = 0
    self.count = count
  }

  // MARK: State

  /// Words of the state of a ring that holds at most so many samples between calls.
  static func stateWordCount(most: Int) -> Int { 1 + most }

  /// Writes what waits, from the first on, so that equal signals have equal states.
  func write(to writer: inout StateWriter, most: Int) {
    let kept = min(count, most)
    writer.write(UInt32(kept))
    let head = run(from: 0, most: kept)
    writer.write(head.first, count: head.count)
    writer.write(memory, count: kept - head.count)
    writer.writeZeros(count: most - kept)
  }

  mutating func read(from reader: inout StateReader, most: Int) {
    start = 0
    count = reader.count(upTo: most)
    reader.read(memory, count: most)
  }
}
