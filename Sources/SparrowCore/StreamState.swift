import CSparrow

/// What a stream remembers: a value, to be copied, compared, stored and sent.
///
/// A state belongs to a network, not to a machine: any plan of the same network, packed for whatever
/// processor, goes on from it.
public struct StreamState: Sendable, Hashable {
  let fingerprint: UInt64
  /// Without padding, in the order of the network's layers and of their states, whatever the order in
  /// which a plan stores them.
  let values: [Float]

  init(plan: Plan, memory: UnsafePointer<Float>) {
    fingerprint = plan.fingerprint
    var values: [Float] = []
    for segment in plan.stateSegments {
      values.append(
        contentsOf: UnsafeBufferPointer(
          start: memory + Int(segment.start), count: Int(segment.count)))
    }
    self.values = values
  }

  func belongs(to plan: Plan) -> Bool {
    fingerprint == plan.fingerprint && values.count == plan.stateValueCount
  }

  func write(to memory: UnsafeMutablePointer<Float>, _ plan: Plan) {
    var next = 0
    for segment in plan.stateSegments {
      for i in 0..<Int(segment.count) { memory[Int(segment.start) + i] = values[next + i] }
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
    for value in values { append(value.bitPattern, to: &bytes) }
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
    values = (0..<Int(count)).map { Float(bitPattern: Self.read(bytes, at: 24 + 4 * $0)) }
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
  case notAState
  case unsupportedVersion(UInt32)
  /// The state was taken from a network of other shapes or parameters.
  case otherNetwork
  case truncated
}
