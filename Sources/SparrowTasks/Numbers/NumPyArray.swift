import Sparrow
import SparrowFiles

/// An array in NumPy's format `.npy`, versions 1 to 3: a header with type, order and shape, then
/// the elements. The format is NumPy Enhancement Proposal 1 of `numpy.lib.format`.
enum NumPyArray {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Reads an array of numbers of any width and byte order, in row-major order.
  static func read(_ bytes: [UInt8], path: String) throws(FileError) -> NumberArray {
    func refuse(_ reason: String) -> FileError { FileError(path: path, reason: reason) }
    guard bytes.starts(with: magic), bytes.count >= 10 else {
      throw refuse("it is no NumPy array")
    }
    let widths = bytes[6] == 1 ? 2 : 4
    guard (1...3).contains(bytes[6]), bytes.count >= 8 + widths else {
      throw refuse("its format is version \(bytes[6]); expected 1 to 3")
    }
    let length = (0..<widths).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    guard length <= bytes.count - 8 - widths else { throw refuse("it is cut off in its header") }
    let start = 8 + widths + length
    let header = Header(String(decoding: bytes[8 + widths..<start], as: UTF8.self))
    guard let header else { throw refuse("its header is no NumPy header") }
    guard let type = ElementType(header.type) else {
      throw refuse("its elements are \(header.type.onOneLine); expected floats or integers")
    }
    guard !header.isColumnMajor || header.shape.count < 2 else {
      throw refuse("its order is Fortran's; save numpy.ascontiguousarray of it")
    }
    guard let count = NumberArray.count(header.shape), count <= bytes.count / type.width,
      start + count * type.width == bytes.count
    else {
      throw refuse(
        "its header says \(NumberArray.text(header.shape)) elements of \(type.width) bytes; it has "
          + "\(bytes.count - start) bytes")
    }
    let values = (0..<count).map { type.value(bytes, at: start + $0 * type.width) }
    return NumberArray(shape: header.shape, values: values)
  }

  /// The array as version 1, little-endian single precision.
  static func bytes(_ array: NumberArray) -> [UInt8] {
    let sizes = array.shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
    // The elements begin at a multiple of 64.
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    let length = UInt16(header.utf8.count)
    var bytes = magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(header.utf8)
    bytes.reserveCapacity(bytes.count + 4 * array.values.count)
    for value in array.values { bytes.append(littleEndian: value) }
    return bytes
  }

  /// The three fields of a header, a dictionary in Python's syntax.
  private struct Header {
    var type: String
    var isColumnMajor: Bool
    var shape: [Int]

    init?(_ text: String) {
      func field(_ name: String) -> Substring? {
        for quote in ["'", "\""] {
          guard let key = text.firstRange(of: quote + name + quote) else { continue }
          let rest = text[key.upperBound...].drop { $0 == ":" || $0 == " " }
          return rest
        }
        return nil
      }
      guard let type = field("descr"), let quote = type.first, quote == "'" || quote == "\"",
        let order = field("fortran_order"), let shape = field("shape"), shape.first == "(",
        let end = shape.firstIndex(of: ")")
      else { return nil }
      self.type = String(type.dropFirst().prefix { $0 != quote })
      isColumnMajor = order.hasPrefix("True")
      let sizes = shape[..<end].dropFirst().split(separator: ",")
        .map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
      self.shape = sizes.compactMap { Int($0) }.filter { $0 >= 0 }
      guard self.shape.count == sizes.count else { return nil }
    }
  }

  /// A type of elements, such as `<f4`.
  private struct ElementType {
    let kind: Character
    let width: Int
    let isBigEndian: Bool

    init?(_ name: String) {
      let letters = Array(name)
      guard letters.count == 3, "<>|=".contains(letters[0]),
        let width = letters[2].wholeNumberValue,
        ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4"].contains(
          String(letters[1...]))
      else { return nil }
      kind = letters[1]
      self.width = width
      isBigEndian = letters[0] == ">"
    }

    func value(_ bytes: [UInt8], at index: Int) -> Float {
      var word: UInt64 = 0
      for i in 0..<width {
        word |= UInt64(bytes[index + (isBigEndian ? width - 1 - i : i)]) << UInt64(8 * i)
      }
      switch (kind, width) {
      case ("f", 2): return Half.float(UInt16(word))
      case ("f", 4): return Float(bitPattern: UInt32(word))
      case ("f", _): return Float(Double(bitPattern: word))
      case ("u", _): return Float(word)
      default:
        // The sign bit on top, then back as a signed number.
        let shift = 64 - 8 * width
        return Float(Int64(bitPattern: word << UInt64(shift)) >> Int64(shift))
      }
    }
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: Float) {
    let word = value.bitPattern
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }
}
