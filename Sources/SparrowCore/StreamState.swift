import CSparrow

/// The state of a stream: a value, to be copied, compared, stored and sent.
///
/// A state belongs to a network, not to a machine: any plan of the same network, packed for
/// whatever processor, goes on from it.
public struct StreamState: Sendable, Hashable {
  let fingerprint: UInt64
  /// Without padding, in the order of the network's layers and of their states, whatever the order
  /// in which a plan stores them. The bits of each: of a float, or of an integer where the network
  /// is in fixed point.
  let values: [UInt32]

  /// - Parameter write: writes `wordCount` words.
  init(fingerprint: UInt64, wordCount: Int, _ write: (inout StateWriter) -> Void) {
    self.fingerprint = fingerprint
    // An array without elements is the same memory for all threads, to which this would write.
    guard wordCount > 0 else {
      values = []
      return
    }
    values = [UInt32](unsafeUninitializedCapacity: wordCount) { words, count in
      var writer = StateWriter(UnsafeMutableRawPointer(words.baseAddress!))
      write(&writer)
      count = wordCount
    }
  }

  func belongs(to plan: Plan) -> Bool {
    fingerprint == plan.fingerprint && values.count == plan.stateValueCount
  }

  static var letters: StaticString { "SPRS" }

  /// Bytes that mean the same on every machine: "SPRS", version 1, the network's fingerprint, the
  /// count of values, and the values, all little-endian.
  public func encode() -> [UInt8] {
    let size = StateBytes.headerByteCount + 4 * values.count
    return [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
      let base = UnsafeMutableRawPointer(bytes.baseAddress!)
      StateBytes.writeHeader(Self.letters, identity: fingerprint, words: values.count, to: base)
      var writer = StateWriter(base + StateBytes.headerByteCount)
      for value in values { writer.write(value) }
      count = size
    }
  }

  /// Reads what ``encode()`` wrote.
  ///
  /// - Parameter plan: a plan of the network that the state belongs to.
  public init(decoding bytes: [UInt8], for plan: Plan) throws(StreamStateError) {
    let count = plan.stateValueCount
    let values = try bytes.span.withUnsafeBytes { bytes throws(StreamStateError) in
      try StateBytes.checkHeader(bytes, Self.letters, identity: plan.fingerprint, words: count)
      var reader = StateReader(bytes.baseAddress! + StateBytes.headerByteCount)
      return (0..<count).map { _ in reader.word() }
    }
    self.init(fingerprint: plan.fingerprint, values: values)
  }

  init(fingerprint: UInt64, values: [UInt32]) {
    self.fingerprint = fingerprint
    self.values = values
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
