#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears under its name only when it is whole.
///
/// Bytes go to a hidden file in the same folder, which `commit()` renames. A partial file that is
/// not committed is removed when it goes away. The first failing system call is remembered, since
/// libsndfile loses those that happen while it closes.
final class PartialFile {
  /// Where the file is to be, as given.
  let path: String
  /// The first error of the system, or 0.
  private(set) var firstError: Int32 = 0

  private let target: String
  private let temporary: String
  private var descriptor: Int32

  /// Creates the hidden file beside `path`.
  ///
  /// - Throws: ``SoundFileError`` if the folder is missing or not writable, or if `path` is taken
  ///   by something that is not a file of one's own to replace.
  init(path: String) throws(SoundFileError) {
    // A name that is a symbolic link keeps being one: what it points to is replaced.
    let target = PartialFile.resolved(path)
    var status = stat()
    if stat(target, &status) == 0 {
      // Renaming over a device such as /dev/full would take it away from everybody.
      if status.isDirectory { throw .unwritable(path: path, reason: systemReason(EISDIR)) }
      if !status.isRegularFile { throw .unwritable(path: path, reason: "it is not a regular file") }
      if access(target, W_OK) != 0 { throw .unwritable(path: path, reason: systemReason(errno)) }
    }

    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? ""
    let tag = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    self.path = path
    self.target = target
    temporary = "\(folder).sparrow-\(tag).partial"
    descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      throw PartialFile.failure(errno, path: path)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
  }

  /// Puts the file in its place. After this, or an error, the object is of no further use.
  func commit() throws(SoundFileError) {
    try check()
    // Some file systems report a full disk only here.
    if close(descriptor) != 0 { firstError = errno }
    descriptor = -1
    if firstError == 0 && rename(temporary, target) != 0 { firstError = errno }
    if firstError != 0 {
      unlink(temporary)
      try check()
    }
  }

  /// Throws what the first failing call reported, if one failed.
  func check() throws(SoundFileError) {
    if firstError != 0 { throw PartialFile.failure(firstError, path: path) }
  }

  // MARK: What libsndfile calls

  var length: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  func seek(to offset: Int, from origin: Int32) -> Int {
    Int(lseek(descriptor, off_t(offset), origin))
  }

  func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
    max(0, readBytes(descriptor, buffer, count))
  }

  /// Writes all of `bytes`, or fewer after an error, which is remembered.
  func write(_ bytes: UnsafeRawPointer, count: Int) -> Int {
    var written = 0
    while written < count && firstError == 0 {
      let result = writeBytes(descriptor, bytes + written, count - written)
      if result > 0 {
        written += result
      } else if result == 0 || errno != EINTR {
        firstError = result == 0 ? ENOSPC : errno
      }
    }
    return written
  }

  private static func failure(_ code: Int32, path: String) -> SoundFileError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .diskFull(path: path)
    default: .unwritable(path: path, reason: systemReason(code))
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
