#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A lock that one process holds on a file, and that goes away with it, however it ends.
package final class FileLock {
  private var descriptor: Int32

  /// Takes the lock, and makes the file where it is missing.
  ///
  /// - Parameter holder: what an error says of whoever has the lock.
  /// - Throws: ``FileError`` where somebody else has it.
  package init(path: String, holder: String) throws(FileError) {
    descriptor = openFile(path, O_RDWR | O_CREAT | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let isHeld = errno == EWOULDBLOCK
      let error = FileError(path: path, code: errno)
      close(descriptor)
      descriptor = -1
      throw isHeld ? FileError(path: Files.folder(of: path), reason: holder) : error
    }
  }

  deinit { release() }

  /// Lets others have it.
  package func release() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}
