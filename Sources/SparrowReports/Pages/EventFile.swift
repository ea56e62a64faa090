import Foundation

/// An event file of TensorBoard: records of `tensorflow.Event` in the framing of TFRecord.
///
/// Only what scalars need of it: `wall_time` (1), `step` (2), `file_version` (3) and a summary (5)
/// of values (1) with `tag` (1) and `simple_value` (2), after tensorflow/core/util/event.proto and
/// framework/summary.proto. A record is its length, the masked CRC-32C of that, the bytes and
/// theirs.
package struct EventFile: Sendable {
  /// The bytes of the file.
  package private(set) var bytes: [UInt8] = []

  /// An empty file.
  ///
  /// - Parameter time: Seconds since 1970 of its beginning.
  package init(time: Double) {
    var event = Self.field(1, double: time)
    event += Self.field(3, bytes: Array("brain.Event:2".utf8))
    append(event)
  }

  /// Adds a scalar.
  package mutating func add(_ tag: String, _ value: Double, step: Int, time: Double) {
    var scalar = Self.field(1, bytes: Array(tag.utf8))
    scalar += Self.field(2, float: Float(value))
    var event = Self.field(1, double: time)
    event += Self.key(2, wire: 0) + Self.varint(UInt64(max(step, 0)))
    event += Self.field(5, bytes: Self.field(1, bytes: scalar))
    append(event)
  }

  private mutating func append(_ event: [UInt8]) {
    let length = Self.littleEndian(UInt64(event.count))
    bytes += length + Self.littleEndian(Self.masked(length)) + event
    bytes += Self.littleEndian(Self.masked(event))
  }

  // MARK: Protocol buffers

  private static func key(_ number: UInt64, wire: UInt64) -> [UInt8] { varint(number << 3 | wire) }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  private static func field(_ number: UInt64, double: Double) -> [UInt8] {
    key(number, wire: 1) + littleEndian(double.bitPattern)
  }

  private static func field(_ number: UInt64, float: Float) -> [UInt8] {
    key(number, wire: 5) + littleEndian(float.bitPattern)
  }

  private static func field(_ number: UInt64, bytes: [UInt8]) -> [UInt8] {
    key(number, wire: 2) + varint(UInt64(bytes.count)) + bytes
  }

  private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  // MARK: Checksums

  /// CRC-32C (Castagnoli), rotated and shifted as TFRecord does, so that a checksum of bytes with
  /// checksums is no trivial one.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let crc = ~bytes.reduce(~UInt32(0)) { crc, byte in
      table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8
    }
    return (crc >> 15 | crc << 17) &+ 0xA282_EAD8
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }
}

extension RunHistory {
  /// The log as an event file.
  ///
  /// - Parameter end: Seconds since 1970 of the last record; earlier ones lie as much before it as
  ///   the log says.
  package func eventFile(end: Double) -> EventFile {
    let begin = end - (seconds ?? 0)
    var file = EventFile(time: begin)
    let names = [
      "loss": "training/loss", "measure": "training/measure",
      "gradientNorm": "training/gradient_norm", "learningRate": "training/learning_rate",
      "unitsPerSecond": "training/units_per_second",
    ]
    for (key, curve) in curves.sorted(by: { $0.key < $1.key }) {
      let tag = names[key] ?? key.replacing(".", with: "/", maxReplacements: 1)
      for index in curve.values.indices {
        file.add(
          tag, curve.values[index], step: curve.steps[index],
          time: begin + (curve.seconds?[index] ?? 0))
      }
    }
    return file
  }
}
