import Dispatch
import Synchronization

/// The values of `transform` for the indices below `count`, in order, made on all cores.
func concurrentMap<Value: Sendable>(
  count: Int, _ transform: @Sendable (Int) -> Value
) -> [Value] {
  let values = Mutex([Value?](repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: count) { index in
    let value = transform(index)
    values.withLock { $0[index] = value }
  }
  return values.withLock { $0.map { $0! } }
}
