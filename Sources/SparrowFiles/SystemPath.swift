/// File names as text, without loss.
///
/// The system's names are bytes, and need not be UTF-8. A byte that belongs to no valid sequence
/// becomes a private code point of its own, U+EF80 to U+EFFF, and that byte again on its way to the
/// system. A name that has such code points itself is taken apart into bytes as well, so that no
/// two names become one.
extension String {
  private static let escapes: ClosedRange<UInt32> = 0xEF80...0xEFFF

  /// The name or path that the system gave.
  package init(systemPath bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    if let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(where: { Self.escapes.contains($0.value) })
    {
      self = text
      return
    }
    self = ""
    var index = 0
    while index < bytes.count {
      let length = Self.sequenceLength(bytes[index])
      let end = min(index + length, bytes.count)
      if let character = String(validating: bytes[index..<end], as: UTF8.self),
        !character.unicodeScalars.contains(where: { Self.escapes.contains($0.value) })
      {
        self += character
        index = end
      } else {
        unicodeScalars.append(Unicode.Scalar(0xEF00 + UInt32(bytes[index]))!)
        index += 1
      }
    }
  }

  /// The name or path that the system gave, up to its null byte.
  package init(systemPath pointer: UnsafePointer<CChar>) {
    var count = 0
    while pointer[count] != 0 { count += 1 }
    self.init(
      systemPath: UnsafeRawBufferPointer(start: pointer, count: count).map { $0 })
  }

  /// The bytes that the system calls the path by.
  package var systemBytes: [UInt8] {
    if !unicodeScalars.contains(where: { Self.escapes.contains($0.value) }) { return Array(utf8) }
    return unicodeScalars.flatMap { scalar -> [UInt8] in
      Self.escapes.contains(scalar.value)
        ? [UInt8(scalar.value - 0xEF00)] : Array(String(scalar).utf8)
    }
  }

  /// Calls the system with the path.
  package func withSystemPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let bytes = systemBytes.map { CChar(bitPattern: $0) } + [0]
    return bytes.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  /// Text for people, on one line: bytes that are not text as `\xNN`, and control characters as
  /// escapes.
  package var readable: String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
    }
    guard
      unicodeScalars.contains(where: { Self.escapes.contains($0.value) || isControl($0) })
    else { return self }
    return unicodeScalars.map { scalar in
      if isControl(scalar) { return scalar.escaped(asASCII: true) }
      guard Self.escapes.contains(scalar.value) else { return String(scalar) }
      return "\\x" + String(scalar.value - 0xEF00, radix: 16, uppercase: true)
    }.joined()
  }

  /// Text for people, on as many lines as it has: each of them `readable`.
  package var readableLines: String {
    split(separator: "\n", omittingEmptySubsequences: false).map { String($0).readable }
      .joined(separator: "\n")
  }

  /// How many bytes the sequence with this first byte has, if it is valid.
  private static func sequenceLength(_ first: UInt8) -> Int {
    switch first {
    case 0xC0...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF7: 4
    default: 1
    }
  }
}
