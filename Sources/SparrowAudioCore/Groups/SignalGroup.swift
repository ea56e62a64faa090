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

extension RunnerGroup where Self: ~Copyable {
  func framedState(of index: Int) -> SignalState {
    SignalState(
      bytes: [UInt8](unsafeUninitializedCapacity: framedByteCount) { bytes, initialized in
        writeFramed(index, to: UnsafeMutableRawBufferPointer(bytes))
        initialized = framedByteCount
      })
  }

  mutating func setFramedState(
    _ state: SignalState, of index: Int
  ) throws(StreamStateError) {
    try state.bytes.span.withUnsafeBytes { bytes throws(StreamStateError) in
      try readFramed(index, from: bytes)
    }
  }
}
