import Dispatch

/// Threads for parallel loops. The partition of work does not depend on the number of threads, so
/// that results do not either.
public struct Workers: Sendable {
  /// The number of threads.
  public let count: Int

  /// Workers of at least one thread.
  public init(count: Int) {
    precondition(count >= 1)
    self.count = count
  }

  /// Runs `body` for every index below `count`, on at most as many threads as there are workers;
  /// its second argument is the index of the worker.
  public func forEach(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    if self.count == 1 || count <= 1 {
      for index in 0..<count { body(index, 0) }
      return
    }
    let threads = min(self.count, count)
    withoutActuallyEscaping(body) { body in
      let body = UncheckedSendable(body)
      DispatchQueue.concurrentPerform(iterations: threads) { worker in
        for index in stride(from: worker, to: count, by: threads) { body.value(index, worker) }
      }
    }
  }

  /// Runs `body` over ranges of at most `grain` rows of `0..<rows`.
  func forEachBlock(
    of rows: Int, grain: Int, _ body: (_ rows: Range<Int>, _ worker: Int) -> Void
  ) {
    forEach((rows + grain - 1) / grain) { index, worker in
      body(index * grain..<min(rows, (index + 1) * grain), worker)
    }
  }
}

extension Workers {
  /// The values of `body` for every index below `count`, in order.
  public func map<Value>(_ count: Int, _ body: (_ index: Int) -> Value) -> [Value] {
    var values = [Value?](repeating: nil, count: count)
    values.withUnsafeMutableBufferPointer { values in
      let values = UncheckedSendable(values)
      forEach(count) { index, _ in values.value[index] = body(index) }
    }
    return values.compactMap { $0 }
  }
}

/// The argument of `concurrentPerform`, whose threads are joined before the caller continues.
private struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
