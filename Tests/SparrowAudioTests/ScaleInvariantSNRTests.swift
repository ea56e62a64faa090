import Foundation
import SparrowAudio
import TestSupport
import Testing

struct ScaleInvariantSNRTests {
  private func tone(_ cycles: Int, _ amplitude: Float) -> [Float] {
    (0..<1600).map { amplitude * sin(2 * .pi * Float($0 * cycles % 1600) / 1600) }
  }

  private func sum(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }

  /// Tones of different pitch are orthogonal, so the ratio is that of their energies.
  @Test(arguments: [1, 0.5, 0.1, 0.01] as [Float])
  func knownValues(_ noise: Float) {
    let ratio = scaleInvariantSNR(sum(tone(10, 1), tone(37, noise)), reference: tone(10, 1))
    #expect(abs(ratio - -20 * log10(Double(noise))) < 1e-3)
  }

  @Test func scaleAndOffsetMakeNoDifference() {
    var numbers = TestNumbers(seed: 1)
    let reference = numbers.floats(2000)
    let estimate = sum(reference, numbers.floats(2000, in: -0.3...0.3))
    let ratio = scaleInvariantSNR(estimate, reference: reference)
    #expect((5...20).contains(ratio))
    for (scale, shift) in [(0.01, 0), (50, 0), (-1, 0), (1, 0.4), (3, -0.2)] as [(Float, Float)] {
      let other = estimate.map { $0 * scale + shift }
      #expect(abs(scaleInvariantSNR(other, reference: reference) - ratio) < 0.01)
      let otherReference = reference.map { $0 * scale + shift }
      #expect(abs(scaleInvariantSNR(estimate, reference: otherReference) - ratio) < 0.01)
    }
  }

  @Test func piecesMakeNoDifference() {
    var numbers = TestNumbers(seed: 2)
    let (estimate, reference) = (numbers.floats(1000), numbers.floats(1000))
    var ratio = ScaleInvariantSNR()
    for i in stride(from: 0, to: 1000, by: 70) {
      let end = min(i + 70, 1000)
      ratio.add(estimate[i..<end], reference: reference[i..<end])
    }
    #expect(ratio.decibels == scaleInvariantSNR(estimate, reference: reference))
  }

  @Test func extremesAreFinite() {
    let silence = [Float](repeating: 0, count: 1600)
    let signal = tone(10, 0.5)
    for (estimate, reference) in [(silence, signal), (signal, silence), (silence, silence)] {
      let ratio = scaleInvariantSNR(estimate, reference: reference)
      #expect(ratio.isFinite && ratio <= -70)
    }
    // A constant is silence too, once its mean is gone.
    #expect(scaleInvariantSNR(silence.map { _ in 0.3 }, reference: signal) <= -70)
    #expect(scaleInvariantSNR(signal, reference: silence.map { _ in 0.3 }) <= -70)
    let perfect = scaleInvariantSNR(signal, reference: signal)
    #expect(perfect.isFinite && perfect > 60)
    #expect(scaleInvariantSNR([], reference: []).isFinite)
    #expect(scaleInvariantSNR([1], reference: [1]).isFinite)
  }
}
