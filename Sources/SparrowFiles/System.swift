#if canImport(Glibc)
  package import Glibc
#elseif canImport(Musl)
  package import Musl
#else
  package import Darwin
#endif

/// The system's words for an error number.
package func systemReason(_ code: Int32) -> String {
  String(cString: strerror(code))
}

extension Duration {
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

extension stat {
  package var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
  package var isRegularFile: Bool { st_mode & S_IFMT == S_IFREG }
  package var isPipe: Bool { st_mode & S_IFMT == S_IFIFO || st_mode & S_IFMT == S_IFSOCK }
}

// System calls under names that types with methods of their usual names can call.

package func openFile(_ path: String, _ flags: Int32, _ mode: mode_t = 0o666) -> Int32 {
  path.withSystemPath { open($0, flags, mode) }
}

/// The metadata of the file at `path`, links followed; nil after an error, which is in
/// `errno`.
package func fileStatus(_ path: String) -> stat? {
  var status = stat()
  return path.withSystemPath { stat($0, &status) } == 0 ? status : nil
}

/// The metadata of an open file.
package func fileStatus(_ descriptor: Int32) -> stat? {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? status : nil
}

/// Reads some bytes, as many as are there by now, up to `count`; 0 at the end, -1 after an error,
/// which is in `errno`.
package func readSome(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  while true {
    let result = read(descriptor, buffer, count)
    if result >= 0 || errno != EINTR { return result }
  }
}

package func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int
{
  read(descriptor, buffer, count)
}

package func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
