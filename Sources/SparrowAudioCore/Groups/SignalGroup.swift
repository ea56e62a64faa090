public import SparrowCore

/// Many runners of sound of one plan that take their hops together: a ``DenoiserGroup`` or a
/// ``SpotterGroup``.
///
/// Signals join, leave, begin anew and move to other groups, machines and single runners at any
/// time between hops; nothing passes from one to another.
public protocol SignalGroup: ~Copyable {
  /// The plan.
  var plan: Plan { get }
  /// The most signals that there may be.
  var capacity: Int { get }
  /// Signals that there are.
  var count: Int { get }

  /// Whether there is a signal of this index.
  func contains(_ index: Int) -> Bool

  /// Adds a signal at its beginning.
  ///
  /// - Returns: Its index, by which it is known until it is removed; nil where there is no room.
  mutating func add() -> Int?

  /// Removes a signal. Its index may be given to another one.
  mutating func remove(_ index: Int)

  /// Begins a new signal.
  mutating func reset(_ index: Int)

  /// Everything that is remembered of a signal: the state of a single runner after the same hops.
  func state(of index: Int) -> SignalState

  /// Has a signal go on from a state of a single runner or of a signal of a group.
  ///
  /// - Throws: `StreamStateError` where the state is of another network; then nothing has changed.
  mutating func setState(_ state: SignalState, of index: Int) throws(StreamStateError)
}

/// A group whose states are words behind a header, as those of single runners are.
package protocol SignalWordsGroup: SignalGroup, ~Copyable {
  static var stateLetters: StaticString { get }
  /// Words of a signal's state.
  var stateWordCount: Int { get }
  func write(_ index: Int, to writer: inout StateWriter)
  mutating func read(_ index: Int, from reader: inout StateReader)
}

extension SignalWordsGroup where Self: ~Copyable {
  func framedState(of index: Int) -> SignalState {
    precondition(contains(index), "a signal of the group")
    let words = stateWordCount
    let count = StateBytes.headerByteCount + 4 * words
    return SignalState(
      bytes: [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
        let first = UnsafeMutableRawPointer(bytes.baseAddress!)
        StateBytes.writeHeader(
          Self.stateLetters, identity: plan.fingerprint, words: words, to: first)
        var writer = StateWriter(first + StateBytes.headerByteCount)
        write(index, to: &writer)
        initialized = count
      })
  }

  mutating func setFramedState(
    _ state: SignalState, of index: Int
  ) throws(StreamStateError) {
    let isThere = contains(index)
    precondition(isThere, "a signal of the group")
    let (identity, words) = (plan.fingerprint, stateWordCount)
    try state.bytes.span.withUnsafeBytes { bytes throws(StreamStateError) in
      try StateBytes.checkHeader(bytes, Self.stateLetters, identity: identity, words: words)
    }
    state.bytes.withUnsafeBytes { bytes in
      var reader = StateReader(bytes.baseAddress! + StateBytes.headerByteCount)
      read(index, from: &reader)
    }
  }
}
