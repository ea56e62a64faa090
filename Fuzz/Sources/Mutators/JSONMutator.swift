/// Changes numbers, words and structure of JSON, so that it stays JSON most of the time.
enum JSONMutator {
  private static let numbers = [
    "0", "1", "-1", "2", "1e308", "-1e308", "1e-308", "0.5", "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615", "4294967296", "2147483648", "65536", "1000000000", "3e38", "null",
    "true", "\"\"",
    "[]", "{}",
  ]

  static func mutate(_ bytes: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let spans = values(in: bytes)
      guard let span = spans.randomElement(using: &random) else { return bytes }
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        // Another value of the same file.
        guard let other = spans.randomElement(using: &random) else { break }
        bytes.replaceSubrange(span, with: Array(bytes[other]))
      case 1:
        // A digit more or less.
        let place = Int.random(in: span, using: &random)
        bytes.insert(UInt8.random(in: 0x30...0x39, using: &random), at: place)
      default:
        bytes.replaceSubrange(span, with: Array(numbers.randomElement(using: &random)!.utf8))
      }
    }
    return bytes
  }

  /// Numbers, texts, words and whole arrays and objects.
  private static func values(in bytes: [UInt8]) -> [Range<Int>] {
    var spans: [Range<Int>] = []
    var open: [Int] = []
    var i = 0
    while i < bytes.count {
      let start = i
      switch bytes[i] {
      case UInt8(ascii: "\""):
        i += 1
        while i < bytes.count, bytes[i] != UInt8(ascii: "\"") { i += bytes[i] == 0x5C ? 2 : 1 }
        i = min(i + 1, bytes.count)
        spans.append(start..<i)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        open.append(i)
        i += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        i += 1
        if let start = open.popLast() { spans.append(start..<i) }
      case 0x30...0x39, UInt8(ascii: "-"), 0x61...0x7A:
        while i < bytes.count, !" ,]}\n\":".utf8.contains(bytes[i]) { i += 1 }
        spans.append(start..<max(i, start + 1))
        i = max(i, start + 1)
      default: i += 1
      }
    }
    return spans
  }
}
