#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that appears under its name only when it is whole.
///
/// Bytes go to a file in the same folder that `commit()` gives its name. Until then it has none
/// where the system can do that (Linux, most file systems), so that nothing is left of it even when
/// the program is killed; elsewhere it is a hidden file that is removed when the object goes away.
/// The first failing system call is remembered, since libsndfile loses those that happen while it
/// closes.
package final class PartialFile {
  /// Where the file is to be, as given.
  package let path: String
  /// The first error of the system, or 0.
  package private(set) var firstError: Int32 = 0

  private let target: String
  /// The hidden file's name, from its beginning or for the moment of its renaming.
  private let temporary: String
  private var isNamed: Bool
  private var descriptor: Int32
  /// Who may do what with the file that is replaced; nil where there is none.
  private let permissions: mode_t?

  /// Creates a file beside `path`.
  ///
  /// - Throws: ``FileError`` if the folder is missing or not writable, or if `path` is taken
  ///   by something that is not a file of one's own to replace.
  package init(path: String) throws(FileError) {
    // A name that is a symbolic link keeps being one: what it points to is replaced.
    let target = PartialFile.resolved(path)
    var permissions: mode_t?
    if let status = fileStatus(target) {
      // Renaming over a device such as /dev/full would take it away from everybody.
      if status.isDirectory { throw FileError(path: path, code: EISDIR) }
      if !status.isRegularFile { throw FileError(path: path, reason: "it is not a regular file") }
      if target.withSystemPath({ access($0, W_OK) }) != 0 {
        throw FileError(path: path, code: errno)
      }
      permissions = status.st_mode & 0o777
    }

    let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? ""
    let tag = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    self.path = path
    self.target = target
    self.permissions = permissions
    temporary = "\(folder).sparrow-\(tag).partial"
    descriptor = PartialFile.openNameless(in: folder.isEmpty ? "." : folder)
    isNamed = descriptor < 0
    if isNamed {
      descriptor = openFile(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC)
    }
    if descriptor < 0 {
      throw FileError(path: path, code: errno)
    }
  }

  /// A file without a name, or -1 where there is no such thing.
  private static func openNameless(in folder: String) -> Int32 {
    #if os(Linux)
      // Glibc's O_TMPFILE is a macro that Swift does not see: __O_TMPFILE | O_DIRECTORY.
      let descriptor = openFile(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC)
      // By way of /proc it gets its name later.
      guard descriptor >= 0, access(processPath(descriptor), F_OK) != 0 else { return descriptor }
      close(descriptor)
      return -1
    #else
      return -1
    #endif
  }

  private static func processPath(_ descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

  /// Gives a nameless file its hidden name.
  private func giveName() {
    #if os(Linux)
      guard !isNamed else { return }
      let link = Self.processPath(descriptor)
      let result = temporary.withSystemPath {
        linkat(AT_FDCWD, link, AT_FDCWD, $0, AT_SYMLINK_FOLLOW)
      }
      if result == 0 {
        isNamed = true
      } else {
        firstError = errno
      }
    #endif
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if isNamed { removeTemporary() }
  }

  private func removeTemporary() { _ = temporary.withSystemPath { unlink($0) } }

  /// Puts the file in its place. After this, or an error, the object is of no further use.
  package func commit() throws(FileError) {
    try check()
    if let permissions, fchmod(descriptor, permissions) != 0 { firstError = errno }
    giveName()
    // Some file systems report a full disk only here.
    if close(descriptor) != 0 && firstError == 0 { firstError = errno }
    descriptor = -1
    let renames = { [temporary, target] in
      temporary.withSystemPath { old in target.withSystemPath { rename(old, $0) } } == 0
    }
    if firstError == 0 && !renames() { firstError = errno }
    if firstError != 0 {
      if isNamed { removeTemporary() }
      try check()
    }
  }

  /// Throws what the first failing call reported, if one failed.
  package func check() throws(FileError) {
    if firstError != 0 { throw FileError(path: path, code: firstError) }
  }

  // MARK: What libsndfile calls

  package var length: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  package func seek(to offset: Int, from origin: Int32) -> Int {
    Int(lseek(descriptor, off_t(offset), origin))
  }

  package func read(into buffer: UnsafeMutableRawPointer, count: Int) -> Int {
    max(0, readBytes(descriptor, buffer, count))
  }

  /// Writes all of `bytes`, or fewer after an error, which is remembered.
  package func write(_ bytes: UnsafeRawPointer, count: Int) -> Int {
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

  /// The path without links, as far as it leads somewhere.
  package static func resolved(_ path: String) -> String {
    if let resolved = path.withSystemPath({ realpath($0, nil) }) {
      defer { free(resolved) }
      return String(systemPath: resolved)
    }
    // A link may lead to where nothing is yet.
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      path.withSystemPath {
        readlink($0, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
      }
    }
    guard count > 0 else { return path }
    let target = String(systemPath: bytes[..<count])
    guard !target.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return target }
    return path[...slash] + target
  }
}
