import CZlib
public import SparrowFiles

/// A reader of text files, plain or compressed by gzip.
public enum TextFile {
  /// Reads the bytes of a text. A gzip file (RFC 1952) is decompressed, all of its members in
  /// order.
  ///
  /// A byte-order mark at its beginning is removed; one of UTF-16 makes UTF-8 of the text.
  ///
  /// - Throws: `FileError` if the file cannot be read, is a damaged or truncated gzip file, or has
  ///   a text of more than `FileLimits.text` bytes.
  public static func read(_ path: String) throws(FileError) -> [UInt8] {
    try text(Files.read(path, limit: FileLimits.text), path: path)
  }

  /// Reads the bytes of a text on standard input, to its end.
  ///
  /// - Throws: as for a file.
  public static func readStandardInput() throws(FileError) -> [UInt8] {
    let path = "standard input"
    return try text(Files.read(0, path: path, limit: FileLimits.text), path: path)
  }

  private static func text(_ bytes: [UInt8], path: String) throws(FileError) -> [UInt8] {
    let isCompressed = bytes.starts(with: [0x1F, 0x8B])
    let text = isCompressed ? try decompress(bytes, path: path) : bytes
    let isBigEndian = text.starts(with: [0xFE, 0xFF])
    guard isBigEndian || text.starts(with: [0xFF, 0xFE]) else {
      return Files.withoutByteOrderMark(text)
    }
    guard text.count.isMultiple(of: 2) else {
      throw FileError(path: path, reason: "its text in UTF-16 is cut off")
    }
    let units = stride(from: 2, to: text.count, by: 2).map { index in
      let (first, second) = (UInt16(text[index]), UInt16(text[index + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private static func decompress(
    _ bytes: [UInt8], path: String
  ) throws(FileError) -> [UInt8] {
    var text: [UInt8] = []
    let status = bytes.withUnsafeBufferPointer { decompress($0, to: &text) }
    guard text.count <= FileLimits.text else {
      throw FileError(
        path: path, reason: "the text has more than \(FileLimits.text) bytes when decompressed")
    }
    switch status {
    case Z_STREAM_END: return text
    case Z_BUF_ERROR: throw FileError(path: path, reason: "the gzip file is truncated")
    case Z_MEM_ERROR: throw FileError(path: path, reason: "not enough memory to decompress it")
    default: throw FileError(path: path, reason: "the gzip file is damaged")
    }
  }

  /// - Returns: zlib's last status; `Z_STREAM_END` if all members were complete.
  private static func decompress(
    _ bytes: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]
  ) -> Int32 {
    var stream = z_stream()
    // 15 bits of window, plus 16 for gzip's header and checksum.
    var status = inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { return status }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
    stream.avail_in = UInt32(bytes.count)
    var block = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let room = block.count
      let written = block.withUnsafeMutableBufferPointer { block in
        stream.next_out = block.baseAddress
        stream.avail_out = UInt32(room)
        status = inflate(&stream, Z_NO_FLUSH)
        return room - Int(stream.avail_out)
      }
      text.append(contentsOf: block[..<written])
      // The caller sees that it is too long.
      guard text.count <= FileLimits.text else { return status }
      if status == Z_STREAM_END {
        guard stream.avail_in > 0 else { return status }
        status = inflateReset(&stream)
      }
      guard status == Z_OK else { return status }
    }
  }
}
