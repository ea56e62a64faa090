import Synchronization

/// The parameters of a network: numbers, or integers of which numbers are made when somebody asks
/// for them. Running a network in fixed point takes its integers alone.
final class ParameterStore: Sendable {
  private let integers: IntegerParameters?
  private let made: Mutex<[String: Tensor]?>
  private let counts: Mutex<[String: Int]>

  init(_ tensors: [String: Tensor]) {
    integers = nil
    made = Mutex(tensors)
    counts = Mutex([:])
  }

  init(_ integers: IntegerParameters) {
    self.integers = integers
    made = Mutex(nil)
    counts = Mutex(integers.nonZeroCounts)
  }

  var tensors: [String: Tensor] {
    made.withLock { made in
      if let made { return made }
      let tensors = integers?.numbers ?? [:]
      made = tensors
      return tensors
    }
  }

  /// - Precondition: There is a parameter of that name.
  func nonZeroCount(of name: String) -> Int {
    if let count = counts.withLock({ $0[name] }) { return count }
    guard let tensor = tensors[name] else { preconditionFailure("no parameter \(name)") }
    let count = tensor.nonZeroCount
    counts.withLock { $0[name] = count }
    return count
  }
}
