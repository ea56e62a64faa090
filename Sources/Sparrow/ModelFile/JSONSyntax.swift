/// Checks that bytes are JSON (RFC 8259) whose objects say nothing twice, and says where they are
/// not.
///
/// Decoders of the system name no place, and take one of several equal keys in silence.
package struct JSONSyntax {
  /// A syntax error and its place: lines and columns count from 1, columns in bytes.
  package struct Problem: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package let line: Int
    package let column: Int

    package var description: String { "\(reason) at line \(line), column \(column)" }
  }

  /// How deep values may lie in each other.
  private static let deepest = 256

  private let bytes: ArraySlice<UInt8>
  private var index: Int
  private var depth = 0

  /// - Throws: ``Problem`` at the first thing that is wrong.
  package static func check(_ bytes: some Collection<UInt8>) throws(Problem) {
    var parser = JSONSyntax(bytes: Array(bytes)[...])
    try parser.value()
    parser.skipSpace()
    if parser.index < parser.bytes.endIndex { throw parser.problem("more follows the JSON value") }
  }

  private init(bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  private func problem(_ reason: String, at place: Int? = nil) -> Problem {
    let before = bytes[..<min(place ?? index, bytes.endIndex)]
    let newline = UInt8(ascii: "\n")
    let line = before.count { $0 == newline } + 1
    let start = before.lastIndex(of: newline).map { $0 + 1 } ?? bytes.startIndex
    return Problem(reason: reason, line: line, column: before.endIndex - start + 1)
  }

  private var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { index += 1 }
  }

  /// Passes over the byte if it is next.
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar, _ place: String) throws(Problem) {
    skipSpace()
    if !take(character) { throw problem("\(found); expected \(character) \(place)") }
  }

  /// The next token, for error messages.
  private var found: String {
    guard let next else { return "the JSON ends" }
    return (0x21..<0x7F).contains(next)
      ? "found \(Unicode.Scalar(next))" : "found the byte 0x\(String(next, radix: 16))"
  }

  private mutating func value() throws(Problem) {
    skipSpace()
    switch next.map({ Unicode.Scalar($0) }) {
    case "{": try nested { (parser) throws(Problem) in try parser.object() }
    case "[": try nested { (parser) throws(Problem) in try parser.array() }
    case "\"": _ = try string()
    case "t": try word("true")
    case "f": try word("false")
    case "n": try word("null")
    case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": try number()
    default: throw problem("\(found); expected a JSON value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONSyntax) throws(Problem) -> Void
  ) throws(Problem) {
    guard depth < Self.deepest else {
      throw problem("values lie in more than \(Self.deepest) others")
    }
    depth += 1
    index += 1
    try body(&self)
    depth -= 1
  }

  private mutating func object() throws(Problem) {
    skipSpace()
    if take("}") { return }
    var keys: Set<String> = []
    repeat {
      skipSpace()
      let place = index
      guard next == UInt8(ascii: "\"") else { throw problem("\(found); expected a key in quotes") }
      let key = try string()
      guard keys.insert(key).inserted else {
        throw problem("the key \(key) is there twice", at: place)
      }
      try expect(":", "after the key \(key)")
      try value()
      skipSpace()
    } while take(",")
    try expect("}", "or a comma")
  }

  private mutating func array() throws(Problem) {
    skipSpace()
    if take("]") { return }
    repeat {
      try value()
      skipSpace()
    } while take(",")
    try expect("]", "or a comma")
  }

  /// - Returns: the text, with escapes as they are but for those that other writers need not use.
  private mutating func string() throws(Problem) -> String {
    let start = index
    index += 1
    var text: [UInt8] = []
    while let byte = next {
      switch Unicode.Scalar(byte) {
      case "\"":
        index += 1
        guard let text = String(validating: text, as: UTF8.self) else {
          throw problem("the text is not UTF-8", at: start)
        }
        return text
      case "\\":
        index += 1
        guard let escaped = next else { break }
        index += 1
        switch Unicode.Scalar(escaped) {
        case "u": text += try scalar()
        case "b": text.append(8)
        case "f": text.append(12)
        case "n": text.append(10)
        case "r": text.append(13)
        case "t": text.append(9)
        case "\"", "\\", "/": text.append(escaped)
        default: throw problem("a backslash before what it means nothing to", at: index - 2)
        }
      default:
        guard byte >= 0x20 else { throw problem("a text with a line break or the like in it") }
        text.append(byte)
        index += 1
      }
    }
    throw problem("a text without end", at: start)
  }

  /// The UTF-8 of what follows `\u`, with the second half of a surrogate pair.
  private mutating func scalar() throws(Problem) -> [UInt8] {
    let start = index - 2
    func invalid(_ parser: JSONSyntax) -> Problem {
      parser.problem("\\u without the four digits of a character", at: start)
    }
    guard let first = digits() else { throw invalid(self) }
    var code = UInt32(first)
    if (0xD800..<0xDC00).contains(first) {
      guard take("\\"), take("u"), let second = digits(), (0xDC00..<0xE000).contains(second) else {
        throw invalid(self)
      }
      code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw invalid(self) }
    return Array(String(scalar).utf8)
  }

  private mutating func digits() -> UInt16? {
    let digits = bytes[index...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit })
    else { return nil }
    index += 4
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  private mutating func word(_ word: String) throws(Problem) {
    guard bytes[index...].starts(with: word.utf8) else {
      throw problem("\(found); expected a JSON value")
    }
    index += word.utf8.count
  }

  private mutating func number() throws(Problem) {
    _ = take("-")
    if !take("0") { try someDigits() }
    if take(".") { try someDigits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try someDigits()
    }
  }

  private mutating func someDigits() throws(Problem) {
    let start = index
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    if index == start { throw problem("\(found); expected a digit") }
  }
}
