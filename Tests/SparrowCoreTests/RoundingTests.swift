import SparrowCore
import TestSupport
import Testing

/// Floats as integers of one scale, and back.
struct RoundingTests {
  @Test(arguments: InstructionSet.supported, [0, 1, 4, 15, 16, 17, 33, 100])
  func activationsAreRoundedToNearest(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 1)
    for (x, limit) in [
      (numbers.floats(count, in: -3...3), 32767), (numbers.sparseFloats(count, density: 0.3), 1000),
      (Array(repeating: 0, count: count), 32767), (numbers.floats(count, in: -1e-36...1e-36), 100),
    ] as [([Float], Int)] {
      var low = [UInt8](repeating: 7, count: count + 1)
      var high = low
      let scale = Kernels(set).roundActivations(
        x, count: count, limit: Int32(limit), low: &low, high: &high)
      let largest = x.map(abs).max() ?? 0
      let inverse = largest > 1e-30 ? Float(limit) / largest : 0
      #expect(scale == (inverse > 0 ? largest / Float(limit) : 0))
      for i in 0..<count {
        let value = Int16(truncatingIfNeeded: Int(low[i]) | Int(high[i] ^ 0x80) << 8)
        #expect(value == Int16((x[i] * inverse).rounded(.toNearestOrEven)))
      }
      #expect(low[count] == 7 && high[count] == 7, "written past the end")
    }
  }

  /// What is not a number is rounded to something within the limit, and changes nothing about the
  /// others.
  @Test(arguments: InstructionSet.supported, [0, 20, 36])
  func whatIsNoNumberStaysAlone(_ set: InstructionSet, place: Int) {
    let limit = 1000
    for strange: Float in [.nan, .infinity, -.infinity] {
      var numbers = TestNumbers(seed: 4)
      var x = numbers.floats(37)
      x[5] = 3
      x[place] = strange
      var low = [UInt8](repeating: 7, count: 38)
      var high = low
      let scale = Kernels(set).roundActivations(
        x, count: 37, limit: Int32(limit), low: &low, high: &high)
      #expect(scale == (strange.isNaN ? 3 / Float(limit) : 0))
      for i in 0..<37 {
        let value = Int(Int16(truncatingIfNeeded: Int(low[i]) | Int(high[i] ^ 0x80) << 8))
        #expect(abs(value) <= limit)
        if strange.isNaN, i != place {
          #expect(value == Int((x[i] * (Float(limit) / 3)).rounded(.toNearestOrEven)))
        }
      }
      #expect(low[37] == 7 && high[37] == 7, "written past the end")
    }
  }

  @Test(arguments: InstructionSet.supported, PointwiseTests.counts)
  func sumsAreScaledByRow(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 2)
    let sums = (0..<count).map { _ in Int32(truncatingIfNeeded: numbers.next()) >> 4 }
    let (scales, bias) = (numbers.floats(count), numbers.floats(count))
    let y = withCanaries(Array(repeating: .nan, count: count)) {
      Kernels(set).scaleSums(count, sums, scale: 0.01, scales: scales, bias: bias, $0)
    }
    for i in 0..<count {
      let expected = Double(sums[i]) * Double(Float(0.01) * scales[i]) + Double(bias[i])
      #expect(abs(Double(y[i]) - expected) <= 0x1p-22 * (abs(expected) + 1))
    }
  }
}
