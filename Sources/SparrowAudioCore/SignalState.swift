public import SparrowCore

/// A runner of sound, whose state is a value too.
public protocol SignalRunner: StateCarrying, ~Copyable {}

extension SignalRunner where Self: ~Copyable {
  /// Everything that it remembers of its signal. Options and thresholds are none of that.
  ///
  /// - Precondition: a state that is set comes from its like over the same network.
  public var state: SignalState {
    get {
      SignalState(
        bytes: [UInt8](unsafeUninitializedCapacity: stateByteCount) { bytes, count in
          writeState(to: UnsafeMutableRawBufferPointer(bytes))
          count = stateByteCount
        })
    }
    set {
      newValue.bytes.withUnsafeBytes { bytes in
        do throws(StreamStateError) {
          try readState(from: bytes)
        } catch {
          preconditionFailure("a state of another network")
        }
      }
    }
  }
}

/// The memory of a ``Denoiser``, a ``Spotter`` or their streaming kin: a value, to be copied,
/// compared, stored and sent.
///
/// A state belongs to a network, not to a machine: its like on any other machine goes on from it.
public struct SignalState: Sendable, Hashable {
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes that mean the same on every machine.
  public func encode() -> [UInt8] { bytes }

  /// Reads what ``encode()`` wrote.
  ///
  /// - Parameter runner: one that can go on from the state.
  /// - Throws: `StreamStateError` where it cannot.
  public init<Runner: SignalRunner & ~Copyable>(
    decoding bytes: [UInt8], for runner: borrowing Runner
  ) throws(StreamStateError) {
    try bytes.span.withUnsafeBytes { bytes throws(StreamStateError) in
      try runner.checkState(bytes)
    }
    self.bytes = bytes
  }
}
