import Dispatch

/// Splits work over threads. How work is split never depends on how many threads there are, so results
/// don't either.
public struct Workers: Sendable {
  public let count: Int

  public init(count: Int) {
    precondition(count >= 1)
    self.count = count
  }

  /// Runs `body` for every index below `count`, on at most as many threads as there are workers; the
  /// second argument numbers the worker.
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

  /// Runs `body` over parts of `0..<rows`, `grain` rows each at most.
  func forEachBlock(
    of rows: Int, grain: Int, _ body: (_ rows: Range<Int>, _ worker: Int) -> Void
  ) {
    forEach((rows + grain - 1) / grain) { index, worker in
      body(index * grain..<min(rows, (index + 1) * grain), worker)
    }
  }
}

extension Workers {
  /// A value for every index below `count`.
  public func map<Value>(_ count: Int, _ body: (_ index: Int) -> Value) -> [Value] {
    var values = [Value?](repeating: nil, count: count)
    values.withUnsafeMutableBufferPointer { values in
      let values = UncheckedSendable(values)
      forEach(count) { index, _ in values.value[index] = body(index) }
    }
    return values.compactMap { $0 }
  }
}

/// What `concurrentPerform` is handed: its threads are joined before the caller goes on.
private struct UncheckedSendable<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
