#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Pages of 2 MB, for weights that a step goes through from the first to the last: with small ones,
/// each 4 KB wait for the page's address.
enum LargePages {
  static let size = 2 << 20

  /// Asks for such pages where the system gives them for the asking; it may decline.
  static func advise(_ memory: UnsafeMutableRawBufferPointer) {
    #if os(Linux)
      _ = madvise(memory.baseAddress, memory.count, 14)  // MADV_HUGEPAGE
    #endif
  }
}
