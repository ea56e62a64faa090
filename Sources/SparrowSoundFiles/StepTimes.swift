import SparrowFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A histogram of the times of steps, in constant memory: bins 2 % apart, from 10 ns to 10 s.
public struct StepTimes: Sendable {
  private var classes = [Int](repeating: 0, count: 1048)
  /// The number of steps.
  public private(set) var count = 0

  private static let width = log(1.02)
  private static let shortest = 1e-8

  /// No steps.
  public init() {}

  /// Adds the time of a step, or of several that took as long.
  public mutating func add(_ duration: Duration, count added: Int = 1) {
    let index = Int(log(max(duration.seconds, Self.shortest) / Self.shortest) / Self.width)
    classes[min(index, classes.count - 1)] += added
    count += added
  }

  /// Adds the steps of another histogram.
  public static func += (sum: inout StepTimes, other: StepTimes) {
    for i in sum.classes.indices { sum.classes[i] += other.classes[i] }
    sum.count += other.count
  }

  /// A quantile of the times in microseconds, within 1 %; 0 without steps.
  ///
  /// - Parameter share: The fraction of steps that took less time, from 0 to 1.
  public func quantile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    var left = Int((share * Double(count)).rounded(.up))
    for (index, steps) in classes.enumerated() {
      left -= steps
      if left <= 0 { return Self.shortest * exp((Double(index) + 0.5) * Self.width) * 1e6 }
    }
    return 0
  }
}
