/// How much sound a file says that it has, by the sizes in its header.
enum PromisedLength {
  /// How many bytes the file is shorter than that; nil where it is not, or does not say.
  static func missingBytes(in file: OpenFile) -> Int? {
    let head = file.bytes(0..<12)
    guard head.count == 12 else { return nil }
    func has(_ text: String) -> Bool { head.starts(with: text.utf8) }
    let end: Int? =
      if has("RIFF") || has("RF64") {
        endOfData(in: file, named: "data", isBigEndian: false)
      } else if has("RIFX") {
        endOfData(in: file, named: "data", isBigEndian: true)
      } else if has("FORM") {
        endOfData(in: file, named: "SSND", isBigEndian: true)
      } else if has(".snd") {
        endOfAU(head)
      } else {
        nil
      }
    guard let end, end > file.length else { return nil }
    return end - file.length
  }

  /// Of files that consist of chunks: a name of four bytes, a size of four, and as many bytes.
  private static func endOfData(in file: OpenFile, named name: String, isBigEndian: Bool) -> Int? {
    var offset = 12
    var longSize: Int?
    // A file may have chunks of any number; sound files have a handful.
    for _ in 0..<10_000 {
      let chunk = file.bytes(offset..<offset + 8)
      // A file may end where a chunk does.
      guard chunk.count == 8 else { return chunk.isEmpty ? nil : offset + 8 }
      let size = number(chunk[4...], isBigEndian)
      if chunk.starts(with: name.utf8) {
        if WAVHeader.isUnknown(size) { return longSize.map { offset + 8 + $0 } }
        return offset + 8 + size
      }
      if chunk.starts(with: "ds64".utf8) {
        let sizes = file.bytes(offset + 16..<offset + 24)
        guard sizes.count == 8 else { return nil }
        let size = number(sizes[...], false)
        if size > 0, size < Int.max / 2 { longSize = size }
      }
      offset += 8 + size + size % 2
    }
    return nil
  }

  private static func endOfAU(_ head: [UInt8]) -> Int? {
    let size = number(head[8..<12], true)
    return WAVHeader.isUnknown(size) ? nil : number(head[4..<8], true) + size
  }

  private static func number(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> Int {
    let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
    return Int(truncatingIfNeeded: ordered.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) & Int.max
  }
}
