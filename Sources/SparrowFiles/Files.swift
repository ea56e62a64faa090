#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that cannot be read or written: which one, and why.
public struct FileError: Error, Equatable, CustomStringConvertible {
  /// The file's path.
  public let path: String
  /// The reason.
  public let reason: String
  /// Whether the disk, the quota or the limit on a file's size was reached.
  public let isDiskFull: Bool

  /// An error about a file.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
    isDiskFull = false
  }

  /// - Parameter code: the system's error number.
  package init(path: String, code: Int32) {
    self.path = path
    reason = systemReason(code)
    isDiskFull = [ENOSPC, EDQUOT, EFBIG].contains(code)
  }

  public var description: String { "\(path.isEmpty ? "\"\"" : path.readable): \(reason)" }
}

/// Whole files, read and written at once.
public enum Files {
  /// All bytes of a regular file.
  ///
  /// - Parameter limit: the most bytes that such a file may have.
  /// - Throws: ``FileError`` where the file cannot be read, is none of its own (a folder, a pipe, a
  ///   device, which may never end) or is longer than `limit`.
  public static func read(
    _ path: String, limit: Int = FileLimits.model
  ) throws(FileError) -> [UInt8] {
    // A pipe without a writer would hold up the opening.
    let descriptor = openFile(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    guard let status = fileStatus(descriptor) else { throw FileError(path: path, code: errno) }
    guard status.isRegularFile else {
      let kind = status.isDirectory ? "a folder" : status.isPipe ? "a pipe" : "a device"
      throw FileError(path: path, reason: "it is \(kind); expected a file")
    }
    guard status.st_size <= limit else { throw tooLong(path, limit) }
    return try read(descriptor, path: path, limit: limit, expected: Int(status.st_size))
  }

  /// All bytes to the end of an open file or a pipe.
  ///
  /// - Parameters:
  ///   - path: what errors call it.
  ///   - limit: the most bytes that it may have.
  ///   - expected: the number of bytes that it probably has.
  /// - Throws: ``FileError`` where it cannot be read or is longer than `limit`.
  package static func read(
    _ descriptor: Int32, path: String, limit: Int, expected: Int = 0
  ) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expected + 1)
    // A large block costs more than a small file.
    var block = [UInt8](repeating: 0, count: min(max(expected + 1, 1 << 14), 1 << 20))
    while true {
      let count = readSome(descriptor, &block, block.count)
      if count == 0 { return bytes }
      guard count > 0 else { throw FileError(path: path, code: errno) }
      guard bytes.count + count <= limit else { throw tooLong(path, limit) }
      bytes.append(contentsOf: block[..<count])
    }
  }

  private static func tooLong(_ path: String, _ limit: Int) -> FileError {
    FileError(
      path: path, reason: "it has more than \(limit) bytes, the most that are read of such a file")
  }

  /// A text without the byte-order mark that some programs begin it with.
  public static func withoutByteOrderMark(_ text: [UInt8]) -> [UInt8] {
    text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
  }

  /// Replaces a file by other contents, all or nothing; see ``PartialFile``.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try PartialFile(path: path)
    _ = bytes.withUnsafeBytes { $0.isEmpty ? 0 : file.write($0.baseAddress!, count: $0.count) }
    try file.commit()
  }

  /// Writes all bytes to an open file.
  ///
  /// - Parameter path: what an error calls the file.
  public static func write(
    _ bytes: [UInt8], toDescriptor descriptor: Int32, path: String
  ) throws(FileError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        writeBytes(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError(path: path, code: errno) }
      written += count
    }
  }

  /// Adds bytes to the end of a file, which is made where it is missing.
  public static func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    let descriptor = openFile(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    defer { close(descriptor) }
    try write(bytes, toDescriptor: descriptor, path: path)
  }

  /// Whether there is a file or a folder at `path`.
  public static func exists(_ path: String) -> Bool { fileStatus(path) != nil }

  /// Whether there is a folder at `path`.
  public static func isFolder(_ path: String) -> Bool { fileStatus(path)?.isDirectory == true }

  /// The folder that a file is in; "." where the path does not say.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those above it that are missing.
  public static func makeFolder(_ path: String) throws(FileError) {
    if path.withSystemPath({ mkdir($0, 0o777) }) == 0 { return }
    if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      try makeFolder(String(path[..<slash]))
      if path.withSystemPath({ mkdir($0, 0o777) }) == 0 { return }
    }
    guard errno == EEXIST else { throw FileError(path: path, code: errno) }
    guard let status = fileStatus(path) else { throw FileError(path: path, code: errno) }
    guard status.isDirectory else {
      throw FileError(path: path, reason: "it is a file; expected a folder")
    }
  }
}
