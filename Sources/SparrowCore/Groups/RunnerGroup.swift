/// A group of runners of one plan, whose states are words behind a header, as those of single
/// runners are.
package protocol RunnerGroup: ~Copyable {
  /// Four letters that tell states of its kind.
  static var stateLetters: StaticString { get }
  var plan: Plan { get }
  /// The most runners that there may be.
  var capacity: Int { get }
  func contains(_ index: Int) -> Bool
  mutating func add() -> Int?
  mutating func remove(_ index: Int)
  mutating func reset(_ index: Int)
  /// Words of the state of one.
  var stateWordCount: Int { get }
  func write(_ index: Int, to writer: inout StateWriter)
  mutating func read(_ index: Int, from reader: inout StateReader)
}

extension RunnerGroup where Self: ~Copyable {
  package var framedByteCount: Int { StateBytes.headerByteCount + 4 * stateWordCount }

  /// - Parameter bytes: at least ``framedByteCount`` bytes.
  package func writeFramed(_ index: Int, to bytes: UnsafeMutableRawBufferPointer) {
    precondition(contains(index), "one of the group")
    precondition(bytes.count >= framedByteCount, "room for a state")
    StateBytes.writeHeader(
      Self.stateLetters, identity: plan.fingerprint, words: stateWordCount, to: bytes.baseAddress!)
    var writer = StateWriter(bytes.baseAddress! + StateBytes.headerByteCount)
    write(index, to: &writer)
  }

  package mutating func readFramed(
    _ index: Int, from bytes: UnsafeRawBufferPointer
  ) throws(StreamStateError) {
    let isThere = contains(index)
    precondition(isThere, "one of the group")
    try StateBytes.checkHeader(
      bytes, Self.stateLetters, identity: plan.fingerprint, words: stateWordCount)
    var reader = StateReader(bytes.baseAddress! + StateBytes.headerByteCount)
    read(index, from: &reader)
  }
}

extension StreamGroup: RunnerGroup {
  package static var stateLetters: StaticString { StreamState.letters }
  package var stateWordCount: Int { plan.stateValueCount }
}
