#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of named tensors: 8 bytes of length, a JSON header, then the numbers as they lie in
/// memory, little-endian (https://github.com/huggingface/safetensors).
public struct SafeTensors: Sendable, Equatable {
  /// The type of a tensor's elements in the file.
  public enum ElementType: String, Sendable, Codable {
    /// 64-bit floating point.
    case float64 = "F64"
    /// 32-bit floating point.
    case float32 = "F32"
    /// 16-bit floating point: 5 bits of exponent.
    case float16 = "F16"
    /// 16-bit floating point: 8 bits of exponent.
    case bfloat16 = "BF16"
    /// Unsigned bytes.
    case uint8 = "U8"
    /// Signed bytes.
    case int8 = "I8"
    /// Signed 16-bit integers.
    case int16 = "I16"
    /// Signed 32-bit integers.
    case int32 = "I32"

    var isInteger: Bool {
      switch self {
      case .uint8, .int8, .int16, .int32: true
      case .float64, .float32, .float16, .bfloat16: false
      }
    }

    var byteCount: Int {
      switch self {
      case .float64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16, .int16: 2
      case .uint8, .int8: 1
      }
    }
  }

  /// Text by name.
  public var metadata: [String: String]
  /// Tensors by name, in single precision.
  public var tensors: [String: Tensor]
  /// Tensors that are stored as integers, whatever the others are stored as.
  var types: [String: ElementType] = [:]

  /// A file of tensors.
  public init(metadata: [String: String] = [:], tensors: [String: Tensor] = [:]) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The header's entry for one tensor.
  private struct Entry: Codable {
    var type: String
    var shape: [Int]
    /// First byte and the byte after the last, counted from the end of the header.
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  private static let metadataKey = "__metadata__"
  private static let longestHeader = 100_000_000

  /// Reads a file; numbers of any width become single precision.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - isLeftOut: tensors, by their names, that are not read, whatever their type.
  /// - Throws: ``ModelFileError`` where the bytes are not such a file. Sizes in the header are
  ///   checked against the bytes there are before anything is allocated for them.
  public init(
    bytes: [UInt8], leavingOut isLeftOut: (String) -> Bool = { _ in false }
  ) throws(ModelFileError) {
    do throws(ModelFileError) {
      try self.init(safeTensors: bytes, isLeftOut)
    } catch {
      if let format = ForeignFormat.name(of: bytes) { throw .malformed("it is \(format)") }
      throw error
    }
  }

  private init(
    safeTensors bytes: [UInt8], _ isLeftOut: (String) -> Bool
  ) throws(ModelFileError) {
    guard bytes.count >= 8 else {
      throw .malformed("the file has \(bytes.count) bytes; a model file has at least 8")
    }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard length <= UInt64(Self.longestHeader), length <= UInt64(bytes.count - 8) else {
      throw .malformed(
        "the header claims \(length) bytes, and \(bytes.count - 8) follow: "
          + "the file is truncated or not a model file")
    }
    let dataStart = 8 + Int(length)
    let header: Header
    do throws(JSONSyntax.Problem) {
      try JSONSyntax.check(bytes[8..<dataStart])
    } catch {
      throw .malformed("the header is not the JSON of a safetensors file: \(error)")
    }
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<dataStart]))
    } catch {
      throw .malformed("the header is not the JSON of a safetensors file")
    }
    metadata = header.metadata
    tensors = [:]
    for (name, entry) in header.entries.sorted(by: { $0.key < $1.key }) {
      try Self.checkPlace(of: name, entry, in: bytes[dataStart...])
      if isLeftOut(name) { continue }
      tensors[name] = try Self.tensor(name, entry, in: bytes[dataStart...])
      if let type = ElementType(rawValue: entry.type), type.isInteger { types[name] = type }
    }
    // Tensors lie one after the other, without a gap.
    var end = 0
    for (name, entry) in header.entries.sorted(by: {
      ($0.value.offsets[0], $0.value.offsets[1]) < ($1.value.offsets[0], $1.value.offsets[1])
    }) {
      guard entry.offsets[0] == end else {
        throw .malformed(
          "\(name) begins at byte \(entry.offsets[0]) of the data and "
            + "\(entry.offsets[0] < end ? "overlaps" : "leaves a gap to") what ends at \(end)")
      }
      end = entry.offsets[1]
    }
    guard end == bytes.count - dataStart else {
      throw .malformed("\(bytes.count - dataStart - end) bytes follow the last tensor")
    }
  }

  private static func checkPlace(
    of name: String, _ entry: Entry, in data: ArraySlice<UInt8>
  ) throws(ModelFileError) {
    guard entry.offsets.count == 2, entry.offsets[0] >= 0,
      entry.offsets[0] <= entry.offsets[1], entry.offsets[1] <= data.count
    else {
      throw .malformed(
        "\(name) lies at \(entry.offsets) of \(data.count) bytes of data: "
          + "the file is truncated or its header is wrong")
    }
  }

  private static func tensor(
    _ name: String, _ entry: Entry, in data: ArraySlice<UInt8>
  ) throws(ModelFileError) -> Tensor {
    guard let type = ElementType(rawValue: entry.type) else {
      throw .malformed("\(name) has elements of type \(entry.type), which are not supported here")
    }
    var byteCount = type.byteCount
    for size in entry.shape {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else {
        throw .malformed("\(name) has the impossible shape \(entry.shape)")
      }
      byteCount = product
    }
    guard entry.offsets[1] - entry.offsets[0] == byteCount else {
      throw .malformed(
        "\(name) of shape \(entry.shape) takes \(byteCount) bytes, "
          + "but the header gives it \(entry.offsets[1] - entry.offsets[0])")
    }
    let start = data.startIndex + entry.offsets[0]
    let values = data[start..<start + byteCount].withUnsafeBytes { raw in
      (0..<byteCount / type.byteCount).map { type.load(raw, at: $0) }
    }
    return Tensor(shape: entry.shape, values: values)
  }

  /// The bytes of a file, the same for the same contents.
  ///
  /// - Parameter type: how numbers are stored. Narrower types round to nearest.
  public func encode(as type: ElementType = .float32) -> [UInt8] {
    var entries: [String: Entry] = [:]
    var data: [UInt8] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let start = data.count
      let type = types[name] ?? type
      for value in tensor.values { type.append(value, to: &data) }
      entries[name] = Entry(
        type: type.rawValue, shape: tensor.shape, offsets: [start, data.count])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(Header(metadata: metadata, entries: entries)) else {
      preconditionFailure("strings and integers always encode")
    }
    var header = [UInt8](json)
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    bytes.append(contentsOf: header)
    bytes.append(contentsOf: data)
    return bytes
  }

  /// The header: one object with an entry a tensor, and strings under a reserved name.
  private struct Header: Codable {
    var metadata: [String: String]
    var entries: [String: Entry]

    init(metadata: [String: String], entries: [String: Entry]) {
      self.metadata = metadata
      self.entries = entries
    }

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      metadata = [:]
      entries = [:]
      for key in container.allKeys {
        if key.stringValue == metadataKey {
          metadata = try container.decode([String: String].self, forKey: key)
        } else {
          entries[key.stringValue] = try container.decode(Entry.self, forKey: key)
        }
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      if !metadata.isEmpty {
        try container.encode(metadata, forKey: Key(stringValue: metadataKey))
      }
      for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
    }
  }
}

extension SafeTensors.ElementType {
  fileprivate func load(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Float {
    switch self {
    case .float64:
      Float(
        Double(
          bitPattern: UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))))
    case .float32:
      Float(
        bitPattern: UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
    case .float16:
      Half.float(
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    case .bfloat16:
      BFloat16.float(
        UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
    case .uint8: Float(bytes[index])
    case .int8: Float(Int8(bitPattern: bytes[index]))
    case .int16:
      Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: Int16.self)))
    case .int32:
      Float(Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)))
    }
  }

  fileprivate func append(_ value: Float, to bytes: inout [UInt8]) {
    func append<Word: FixedWidthInteger>(_ word: Word) {
      for i in 0..<Word.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * i))) }
    }
    switch self {
    case .float64: append(Double(value).bitPattern)
    case .float32: append(value.bitPattern)
    case .float16: append(Half.bits(value))
    case .bfloat16: append(BFloat16.bits(value))
    case .uint8: bytes.append(UInt8(value))
    case .int8: append(Int8(value))
    case .int16: append(Int16(value))
    case .int32: append(Int32(value))
    }
  }
}
