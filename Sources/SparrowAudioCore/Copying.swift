extension UnsafeMutablePointer<Float> {
  /// Copies all bytes at once; Embedded Swift's `update(from:count:)` takes one number at a time.
  @inline(__always)
  func copy(_ source: UnsafePointer<Float>, count: Int) {
    UnsafeMutableRawPointer(self)
      .copyMemory(from: source, byteCount: count * MemoryLayout<Float>.stride)
  }
}
