import Foundation
import SparrowCore
import TestSupport
import Testing

/// The pointwise part of recurrent cells against double precision, unit by unit.
struct CellKernelTests {
  /// The value of a unit's gate in interleaved rows.
  private static func at(_ v: [Float], _ unit: Int, _ gate: Int, _ gates: Int) -> Double {
    Double(v[(unit / 16 * gates + gate) * 16 + unit % 16])
  }

  private static func sigmoid(_ v: Double) -> Double { 1 / (1 + exp(-v)) }

  @Test(arguments: InstructionSet.supported, PointwiseTests.counts)
  func longShortTermMemory(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 1)
    let (a, q) = (numbers.floats(4 * count, in: -4...4), numbers.floats(4 * count, in: -4...4))
    let c = numbers.floats(count)
    var h: [Float] = []
    var y: [Float] = []
    let blank = [Float](repeating: .nan, count: count)
    let after = withCanaries(c) { c in
      h = withCanaries(blank) { h in
        y = withCanaries(blank) { Kernels(set).lstm(count, a, q, c: c, h: h, $0) }
      }
    }
    for i in 0..<count {
      func sum(_ gate: Int) -> Double { Self.at(a, i, gate, 4) + Self.at(q, i, gate, 4) }
      let cell = Self.sigmoid(sum(1)) * Double(c[i]) + Self.sigmoid(sum(0)) * tanh(sum(2))
      #expect(abs(Double(after[i]) - cell) < 1e-6)
      #expect(abs(Double(h[i]) - Self.sigmoid(sum(3)) * tanh(cell)) < 1e-6)
      #expect(y[i] == h[i])
    }
  }

  @Test(arguments: InstructionSet.supported, PointwiseTests.counts)
  func gatedRecurrentUnit(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 2)
    let (a, q) = (numbers.floats(3 * count, in: -4...4), numbers.floats(3 * count, in: -4...4))
    let h = numbers.floats(count)
    var y: [Float] = []
    let after = withCanaries(h) { h in
      y = withCanaries([Float](repeating: .nan, count: count)) {
        Kernels(set).gru(count, a, q, h: h, $0)
      }
    }
    for i in 0..<count {
      func gate(_ gate: Int) -> Double {
        Self.sigmoid(Self.at(a, i, gate, 3) + Self.at(q, i, gate, 3))
      }
      let n = tanh(Self.at(a, i, 2, 3) + gate(0) * Self.at(q, i, 2, 3))
      #expect(abs(Double(after[i]) - ((1 - gate(1)) * n + gate(1) * Double(h[i]))) < 1e-6)
      #expect(y[i] == after[i])
    }
  }

  /// Strictly above the threshold; at it nothing is sent. Exact.
  @Test(arguments: InstructionSet.supported, PointwiseTests.counts)
  func events(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: 3)
    var h = numbers.floats(count)
    let thresholds = numbers.floats(count, in: 0...0.5)
    if count > 0 { h[3] = thresholds[3] }
    var sent: [Float] = []
    var y: [Float] = []
    let blank = [Float](repeating: .nan, count: count)
    let kept = withCanaries(h) { h in
      sent = withCanaries(blank) { sent in
        y = withCanaries(blank) {
          Kernels(set).events(count, thresholds: thresholds, h: h, sent: sent, $0)
        }
      }
    }
    for i in 0..<count {
      let isSent = h[i] > thresholds[i]
      #expect(sent[i] == (isSent ? h[i] : 0) && y[i] == sent[i])
      #expect(kept[i] == (isSent ? h[i] - thresholds[i] : h[i]))
    }
  }
}
