import CSparrow

/// What a stream remembers: a value, to be copied, compared, stored and sent.
///
/// A state belongs to a network, not to a machine: any plan of the same network, packed for
/// whatever processor, goes on from it.
public struct StreamState: Sendable, Hashable {
  let fingerprint: UInt64
  /// Without padding, in the order of the network's layers and of their states, whatever the order
  /// in which a plan stores them. The bits of each: of a float, or of an integer where the network
  /// is in fixed point.
  let values: [UInt32]

  init(plan: Plan, memory: UnsafeRawPointer) {
    fingerprint = plan.fingerprint
    var values: [UInt32] = []
    for segment in plan.stateSegments {
      for i in 0..<Int(segment.count) {
        values.append(
          memory.load(fromByteOffset: 4 * (Int(segment.start) + i), as: UInt32.self))
      }
    }
    self.values = values
  }

  func belongs(to plan: Plan) -> Bool {
    fingerprint == plan.fingerprint && values.count == plan.stateValueCount
  }

  func write(to memory: UnsafeMutableRawPointer, _ plan: Plan) {
    var next = 0
    for segment in plan.stateSegments {
      for i in 0..<Int(segment.count) {
        memory.storeBytes(
          of: values[next + i], toByteOffset: 4 * (Int(segment.start) + i), as: UInt32.self)
      }
      next += Int(segment.count)
    }
  }

  /// Bytes that mean the same on every machine: "SPRS", version 1, the network's fingerprint, the
  /// count of values, and the values, all little-endian.
  public func encode() -> [UInt8] {
    var bytes = Self.magic
    append(UInt32(1), to: &bytes)
    append(fingerprint, to: &bytes)
    append(UInt64(values.count), to: &bytes)
    for value in values { append(value, to: &bytes) }
    return bytes
  }

  /// Reads what ``encode()`` wrote.
  ///
  /// - Parameter plan: a plan of the network that the state belongs to.
  public init(decoding bytes: [UInt8], for plan: Plan) throws(StreamStateError) {
    guard bytes.count >= 24, Array(bytes[0..<4]) == Self.magic else { throw .notAState }
    let version: UInt32 = Self.read(bytes, at: 4)
    guard version == 1 else { throw .unsupportedVersion(version) }
    let fingerprint: UInt64 = Self.read(bytes, at: 8)
    guard fingerprint == plan.fingerprint else { throw .otherNetwork }
    let count: UInt64 = Self.read(bytes, at: 16)
    guard count == UInt64(plan.stateValueCount), bytes.count == 24 + 4 * plan.stateValueCount else {
      throw .truncated
    }
    self.fingerprint = fingerprint
    values = (0..<Int(count)).map { Self.read(bytes, at: 24 + 4 * $0) }
  }

  private static let magic: [UInt8] = [0x53, 0x50, 0x52, 0x53]

  private func append<Word: FixedWidthInteger>(_ word: Word, to bytes: inout [UInt8]) {
    for i in 0..<Word.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * i))) }
  }

  private static func read<Word: FixedWidthInteger>(_ bytes: [UInt8], at start: Int) -> Word {
    (0..<Word.bitWidth / 8).reduce(0) { $0 | Word(bytes[start + $1]) << (8 * $1) }
  }
}

extension Plan {
  /// Values that the state consists of, without padding.
  public var stateValueCount: Int {
    stateSegments.reduce(0) { $0 + Int($1.count) }
  }
}

/// Why bytes are not a state of a plan's network.
public enum StreamStateError: Error, Equatable {
  /// The bytes are not a state.
  case notAState
  /// The version of the format is unknown.
  case unsupportedVersion(UInt32)
  /// The state was taken from a network of other shapes or parameters.
  case otherNetwork
  /// Bytes are missing.
  case truncated
}
