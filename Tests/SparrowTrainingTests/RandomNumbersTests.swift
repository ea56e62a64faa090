import Testing

@testable import SparrowTraining

struct RandomNumbersTests {
  @Test func streamsOfASeedDiffer() {
    func first(_ seed: UInt64, _ stream: UInt64) -> [UInt64] {
      var numbers = RandomNumbers(seed: seed, stream: stream)
      return (0..<4).map { _ in numbers.next() }
    }
    let all = (0..<30).flatMap { seed in (0..<30).map { first(seed, $0) } }
    #expect(Set(all).count == all.count)
    #expect(Set(all.flatMap { $0 }).count == 4 * all.count, "streams run into each other")
    #expect(first(3, 4) == first(3, 4))
  }

  @Test func moments() {
    var numbers = RandomNumbers(seed: 1)
    let count = 50_000
    let uniform = (0..<count).map { _ in numbers.uniform() }
    #expect(uniform.allSatisfy { (0..<1).contains($0) })
    let normal = (0..<count).map { _ in numbers.normal() }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(count) }
    // Within four standard errors.
    #expect(abs(mean(uniform) - 0.5) < 4 * (1 / 12.0 / Double(count)).squareRoot())
    #expect(abs(mean(normal)) < 4 / Double(count).squareRoot())
    #expect(abs(mean(normal.map { $0 * $0 }) - 1) < 4 * (2 / Double(count)).squareRoot())
    let indices = (0..<1000).map { _ in numbers.index(below: 3) }
    #expect(Set(indices) == [0, 1, 2])
  }
}
