import SparrowFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How long steps took, in memory that does not grow: counts in classes 2 % apart, from 10 ns to 10 s.
public struct StepTimes: Sendable {
  private var classes = [Int](repeating: 0, count: 1048)
  public private(set) var count = 0

  private static let width = log(1.02)
  private static let shortest = 1e-8

  public init() {}

  public mutating func add(_ duration: Duration) {
    let index = Int(log(max(duration.seconds, Self.shortest) / Self.shortest) / Self.width)
    classes[min(index, classes.count - 1)] += 1
    count += 1
  }

  public static func += (sum: inout StepTimes, other: StepTimes) {
    for i in sum.classes.indices { sum.classes[i] += other.classes[i] }
    sum.count += other.count
  }

  /// The time that a share of the steps stayed below, in microseconds, within 1 %; 0 without steps.
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
