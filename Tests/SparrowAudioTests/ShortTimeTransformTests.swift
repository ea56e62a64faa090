import Foundation
import Sparrow
import SparrowAudio
import TestSupport
import Testing

@testable import SparrowAudioCore

struct ShortTimeTransformTests {
  struct Sizes: Sendable {
    let window: Int
    let hop: Int
  }

  static let sizes = [
    (128, 16), (128, 64), (256, 64), (512, 128), (512, 256), (1024, 16), (2048, 512),
  ].map { Sizes(window: $0.0, hop: $0.1) }

  /// Analysis and synthesis with nothing between give the signal back, as late as they say.
  @Test(arguments: sizes, InstructionSet.supported)
  func reconstructs(_ sizes: Sizes, _ set: InstructionSet) {
    let frontEnd = SpectralFrontEnd(window: sizes.window, hop: sizes.hop)
    let transform = ShortTimeTransform(frontEnd, instructionSet: set)
    #expect(transform.lag == sizes.window - sizes.hop)
    var analysis = ShortTimeAnalysis(transform)
    var synthesis = ShortTimeSynthesis(transform)
    var numbers = TestNumbers(seed: 1)
    let hops = 4 * sizes.window / sizes.hop
    let signal = numbers.floats(hops * sizes.hop)
    var re = [Float](repeating: 0, count: transform.stride)
    var im = re
    var output = [Float](repeating: .nan, count: signal.count)
    signal.withUnsafeBufferPointer { signal in
      output.withUnsafeMutableBufferPointer { output in
        for i in 0..<hops {
          analysis.push(signal.baseAddress! + i * sizes.hop, re: &re, im: &im)
          synthesis.push(re: re, im: im, output.baseAddress! + i * sizes.hop)
        }
      }
    }
    let lag = transform.lag
    #expect(output[..<lag].allSatisfy { abs($0) < 1e-6 }, "what comes before is silence")
    #expect(signalToNoise(Array(output[lag...]), signal.dropLast(lag).map(Double.init)) > 110)
  }

  @Test func stateIsEverything() {
    let transform = ShortTimeTransform(SpectralFrontEnd(window: 256, hop: 64))
    var numbers = TestNumbers(seed: 2)
    let signal = numbers.floats(10 * 64)
    func run(_ analysis: inout ShortTimeAnalysis, _ hops: Range<Int>) -> [Float] {
      var re = [Float](repeating: 0, count: transform.stride)
      var im = re
      for i in hops { analysis.push(Array(signal[i * 64..<(i + 1) * 64]), re: &re, im: &im) }
      return re + im
    }
    var whole = ShortTimeAnalysis(transform)
    let expected = run(&whole, 0..<10)
    var first = ShortTimeAnalysis(transform)
    _ = run(&first, 0..<6)
    var second = ShortTimeAnalysis(transform)
    second.state = first.state
    #expect(run(&second, 6..<10) == expected)
    second.reset()
    #expect(second.state == ShortTimeAnalysis(transform).state)
  }
}

/// In dB.
func signalToNoise(_ values: [Float], _ expected: [Double]) -> Double {
  var (signal, noise) = (0.0, 0.0)
  for (value, expected) in zip(values, expected) {
    signal += expected * expected
    noise += (Double(value) - expected) * (Double(value) - expected)
  }
  return values.count == expected.count ? 10 * log10(signal / noise) : -.infinity
}
