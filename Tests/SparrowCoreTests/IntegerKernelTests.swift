import CSparrow
import Sparrow
import TestSupport
import Testing

@testable import SparrowCore

/// Kernels of the step in integers that instruction sets have versions of, against the formulas of
/// Documentation/FixedPoint.md in integers that are wide enough: every bit, and every count of
/// clipped values.
struct IntegerKernelTests {
  static let counts = [0, 16, 48, 128, 144, 240]

  @Test(arguments: InstructionSet.supported, counts)
  func recurrence(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 1)
    // As large as they come, so that some states are clipped, and small.
    for bits in [8, 31] {
      let a = integers(2 * count, bits: 24, &numbers)
      let f = integers(2 * count, bits: 16, &numbers)
      let w = integers(2 * count, bits: bits, &numbers)
      let x = integers(2 * count, bits: bits + 1, &numbers)
      let shifts = (0..<count).map { _ in Int32(numbers.next() % 40) }
      for shift in [0, 1, 23] {
        var clipped: UInt32 = 0
        let result = withCanaries(x) {
          clipped = Kernels(set).recurrence(
            count, a: a, shift: UInt32(shift), f: f, shifts: shifts, w: w, $0)
        }
        var expected = [Int32](repeating: 0, count: 2 * count)
        var expectedClipped: UInt32 = 0
        for i in 0..<count {
          func part(_ ax: Int, _ fw: Int) -> Int32 {
            clip(round(ax, shift) + round(fw, Int(shifts[i])), 1 << 31 - 1, &expectedClipped)
          }
          let (aRe, aIm, fRe, fIm) = (Int(a[i]), Int(a[count + i]), Int(f[i]), Int(f[count + i]))
          let (wRe, wIm, xRe, xIm) = (Int(w[i]), Int(w[count + i]), Int(x[i]), Int(x[count + i]))
          expected[i] = part(aRe * xRe - aIm * xIm, fRe * wRe - fIm * wIm)
          expected[count + i] = part(aRe * xIm + aIm * xRe, fRe * wIm + fIm * wRe)
        }
        #expect(result == expected)
        #expect(clipped == expectedClipped)
      }
    }
  }

  /// An image may hold an epsilon of 0, where equal values have no variance to divide by.
  @Test(arguments: InstructionSet.supported)
  func normalizationWithoutVariance(_ set: InstructionSet) {
    let x = [Int16](repeating: 1234, count: 16)
    let scale = [Int32](repeating: .max, count: 16)
    let shift = (0..<16).map { Int32(-9 * $0) }
    let y = withCanaries([Int16](repeating: 7, count: 16)) {
      _ = Kernels(set).layerNormalize(
        16, own: 8, centers: true, epsilon: 0, scale: scale, shift: shift, left: 2, right: 4,
        limit: 100, x, $0)
    }
    #expect(y[..<8].map(Int.init) == (0..<8).map { round(-36 * $0, 4) })
    #expect(y[8...].allSatisfy { $0 == 0 })
  }

  @Test(arguments: InstructionSet.supported, counts)
  func functions(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 2)
    let x = integers(count, bits: 20, &numbers)
    let y = integers(count, bits: 16, &numbers).map { Int16(max($0, -32767)) }
    let shifts = (0..<count).map { _ in Int32(numbers.next() % 12) }
    // Rises now and then as steeply as an entry holds.
    let starts = (0..<512).map { 32 * $0 }
    let rises = (0..<512).map { $0 % 7 == 0 ? 1023 : 32 }
    let complement = 12345
    var table = zip(starts, rises).map { Int32($0 | $1 << 16) } + [Int32(complement)]
    table += [Int32](repeating: 0, count: Int(sparrow_function_table_count) - table.count)
    func value(_ i: Int, left: Int) -> Int {
      let z = min(max(round(Int(x[i]) << left, Int(shifts[i])), -32767), 32767)
      let value = starts[abs(z) / 64] + round(rises[abs(z) / 64] * (abs(z) % 64), 6)
      return z < 0 ? complement - value : value
    }
    let kernels = Kernels(set)
    for (left, shift, limit) in [(0, 15, 32767), (3, 13, 32767), (1, 8, 127)] {
      var clipped: UInt32 = 0
      let gated = withCanaries(y) {
        clipped = kernels.gate(
          count, table: table, x, left: UInt32(left), shifts: shifts, shift: UInt32(shift),
          limit: Int32(limit), $0)
      }
      var expectedClipped: UInt32 = 0
      #expect(
        gated.map(Int32.init)
          == (0..<count).map { i in
            clip(round(Int(y[i]) * value(i, left: left), shift), limit, &expectedClipped)
          })
      #expect(clipped == expectedClipped)
      let functions = withCanaries(y) {
        kernels.function(
          count, table: table, x, shifts: shifts, shift: UInt32(shift - 8), limit: Int32(limit), $0
        )
      }
      #expect(
        functions.map(Int32.init)
          == (0..<count).map { clip(round(value($0, left: 0), shift - 8), limit, &expectedClipped) }
      )
    }
  }

  /// Integers of so many bits, the sign's included.
  private func integers(_ count: Int, bits: Int, _ numbers: inout TestNumbers) -> [Int32] {
    (0..<count).map { _ in
      Int32(truncatingIfNeeded: Int64(bitPattern: numbers.next()) >> (64 - bits))
    }
  }

  private func round(_ x: Int, _ shift: Int) -> Int {
    shift == 0 ? x : (x + 1 << (shift - 1)) >> shift
  }

  private func clip(_ x: Int, _ limit: Int, _ clipped: inout UInt32) -> Int32 {
    if abs(x) > limit { clipped += 1 }
    return Int32(min(max(x, -limit), limit))
  }
}
