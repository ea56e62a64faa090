/// Memory of a batch that several threads write to, each in its own part.
final class BatchMemory: @unchecked Sendable {
  let values: UnsafeMutablePointer<Float>

  init(_ count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0, count: count)
  }

  deinit { values.deallocate() }
}
