import SparrowFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An open regular file, which is closed when nobody reads it any longer.
final class OpenFile {
  let descriptor: Int32
  let length: Int

  init(descriptor: Int32, length: Int) {
    self.descriptor = descriptor
    self.length = length
  }

  deinit { close(descriptor) }

  /// The bytes of a range, as far as the file has them.
  func bytes(_ range: Range<Int>) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    let count = bytes.withUnsafeMutableBytes {
      read(into: $0.baseAddress, at: range.lowerBound, count: $0.count)
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// Reads bytes; fewer at the end or after an error.
  func read(into buffer: UnsafeMutableRawPointer?, at offset: Int, count: Int) -> Int {
    guard let buffer, count > 0, offset >= 0 else { return 0 }
    var done = 0
    while done < count {
      let result = pread(descriptor, buffer + done, count - done, off_t(offset + done))
      if result < 0 && errno == EINTR { continue }
      guard result > 0 else { break }
      done += result
    }
    return done
  }

  /// Puts what is left of a pipe into a file without a name, which can be read out of order.
  ///
  /// - Throws: ``SoundFileError`` where there is no room for it.
  init(spooling pipe: ByteStream, path: String) throws(SoundFileError) {
    let folder = getenv("TMPDIR").map { String(systemPath: UnsafePointer($0)) } ?? "/tmp"
    var template = Array("\(folder)/sparrow-XXXXXX".systemBytes.map { CChar(bitPattern: $0) }) + [0]
    let file = mkstemp(&template)
    guard file >= 0 else {
      throw .unreadable(
        path: path, reason: "a pipe needs room in \(folder): \(systemReason(errno))")
    }
    unlink(template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    descriptor = file
    var length = 0
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = block.withUnsafeMutableBytes { pipe.read(into: $0.baseAddress!, count: $0.count) }
      if count == 0 { break }
      do throws(FileError) {
        try Files.write(Array(block[..<count]), toDescriptor: file, path: path)
      } catch {
        close(file)
        throw .unreadable(path: path, reason: "a pipe needs room in \(folder): \(error.reason)")
      }
      length += count
    }
    self.length = length
  }
}

/// A part of a file that seems a file of its own.
final class FileRange {
  let file: OpenFile
  let start: Int
  let length: Int
  private(set) var position = 0
  /// How many bytes the file is shorter than its header promises; nil where it is not.
  let missingBytes: Int?

  init(_ file: OpenFile, _ range: Range<Int>? = nil, missingBytes: Int? = nil) {
    self.file = file
    start = range?.lowerBound ?? 0
    length = range?.count ?? file.length
    self.missingBytes = missingBytes
  }

  func seek(to offset: Int, from origin: Int32) -> Int {
    let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? position : length
    position = max(0, base &+ offset)
    return position
  }

  func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
    let count = file.read(
      into: buffer, at: start + position, count: max(0, min(count, length - position)))
    position += count
    return count
  }
}

/// Bytes that come in order: a pipe, or a file from some place on.
final class ByteStream {
  private let descriptor: Int32
  private let closes: Bool
  /// Bytes that were looked at and are still to be read.
  private var ahead: [UInt8] = []
  /// The first error of the system, or 0.
  private(set) var firstError: Int32 = 0

  /// - Parameter closes: whether the descriptor is closed when nobody reads it any longer.
  init(descriptor: Int32, closes: Bool) {
    self.descriptor = descriptor
    self.closes = closes
  }

  deinit { if closes { close(descriptor) } }

  /// The next bytes without reading them; fewer at the end.
  func peek(_ count: Int) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: count)
    while ahead.count < count {
      let read = readSome(descriptor, &block, count - ahead.count)
      if read < 0 && firstError == 0 { firstError = errno }
      if read <= 0 { break }
      ahead += block[..<read]
    }
    return Array(ahead.prefix(count))
  }

  /// Reads what is there by now, at least a byte; 0 at the end and after an error.
  func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
    guard ahead.isEmpty else {
      let taken = min(count, ahead.count)
      ahead.withUnsafeBytes { buffer.copyMemory(from: $0.baseAddress!, byteCount: taken) }
      ahead.removeFirst(taken)
      return taken
    }
    let result = readSome(descriptor, buffer, count)
    if result < 0 && firstError == 0 { firstError = errno }
    return max(0, result)
  }

  /// Reads so many bytes, or nil where there are fewer.
  func take(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let read = bytes.withUnsafeMutableBytes {
        self.read(into: $0.baseAddress! + done, count: count - done)
      }
      if read == 0 { return nil }
      done += read
    }
    return bytes
  }

  /// Passes over so many bytes; false where there are fewer.
  func skip(_ count: Int) -> Bool {
    var left = count
    while left > 0 {
      guard let part = take(min(left, 1 << 16)) else { return false }
      left -= part.count
    }
    return true
  }
}
