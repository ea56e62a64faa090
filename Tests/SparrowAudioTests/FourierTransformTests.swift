import Foundation
import SparrowAudio
import SparrowCore
import TestSupport
import Testing

/// The transform of real frames against a discrete Fourier transform in double precision.
struct FourierTransformTests {
  static let lengths = [128, 256, 512, 1024, 2048, 4096, 8192, 16384]

  private struct Spectrum {
    var re: [Float]
    var im: [Float]
  }

  private func forward(
    _ transform: FourierTransform, _ frame: [Float], window: [Float]
  ) -> Spectrum {
    let padding = [Float](repeating: .nan, count: 15)
    var re = [Float](repeating: .nan, count: transform.bins) + padding
    var im = re
    var work = [Float](repeating: .nan, count: transform.workCount)
    transform.forward(frame, window: window, re: &re, im: &im, work: &work)
    #expect(re[transform.bins...].allSatisfy { $0.isNaN }, "written past the last bin")
    #expect(im[transform.bins...].allSatisfy { $0.isNaN }, "written past the last bin")
    return Spectrum(re: Array(re.prefix(transform.bins)), im: Array(im.prefix(transform.bins)))
  }

  private func inverse(
    _ transform: FourierTransform, _ spectrum: Spectrum, window: [Float]
  ) -> [Float] {
    var frame = [Float](repeating: .nan, count: transform.length)
    var work = [Float](repeating: .nan, count: transform.workCount)
    var (re, im) = (spectrum.re, spectrum.im)
    transform.inverse(re: &re, im: &im, window: window, &frame, work: &work)
    return frame
  }

  private func bin(_ k: Int, of frame: [Double]) -> (re: Double, im: Double) {
    var (re, im) = (0.0, 0.0)
    for (n, value) in frame.enumerated() {
      // The angle by its remainder, so that it stays exact.
      let angle = -2 * Double.pi * Double(n * k % frame.count) / Double(frame.count)
      re += value * cos(angle)
      im += value * sin(angle)
    }
    return (re, im)
  }

  @Test(arguments: lengths, InstructionSet.supported)
  func forwardAgreesWithDefinition(_ length: Int, _ set: InstructionSet) {
    let transform = FourierTransform(length: length, instructionSet: set)
    var numbers = TestNumbers(seed: UInt64(length))
    let (frame, window) = (numbers.floats(length), numbers.floats(length))
    let spectrum = forward(transform, frame, window: window)
    let windowed = zip(frame, window).map { Double($0) * Double($1) }
    // All bins of the small ones; of the large ones the ends, the middle and some others.
    let half = length / 2
    let bins =
      length <= 256
      ? Array(0...half)
      : [0, 1, 2, 7, 8, 15, 16, 17, half / 2 - 1, half / 2, half / 2 + 1, half - 1, half]
    // The norm of the frame is the size of a typical bin.
    let norm = windowed.reduce(0) { $0 + $1 * $1 }.squareRoot()
    for k in bins {
      let expected = bin(k, of: windowed)
      let distance = hypot(
        Double(spectrum.re[k]) - expected.re, Double(spectrum.im[k]) - expected.im)
      #expect(distance < 1e-6 * norm, "bin \(k)")
    }
    #expect(spectrum.im[0] == 0 && spectrum.im[half] == 0)
  }

  /// Every bin of the large ones is held by the sum of their squares.
  @Test(arguments: lengths, InstructionSet.supported)
  func energyIsKept(_ length: Int, _ set: InstructionSet) {
    let transform = FourierTransform(length: length, instructionSet: set)
    var numbers = TestNumbers(seed: 3)
    let frame = numbers.floats(length)
    let ones = [Float](repeating: 1, count: length)
    let spectrum = forward(transform, frame, window: ones)
    let energy = frame.reduce(0) { $0 + Double($1) * Double($1) } * Double(length)
    var sum = 0.0
    for k in 0...length / 2 {
      let power = Double(spectrum.re[k] * spectrum.re[k] + spectrum.im[k] * spectrum.im[k])
      sum += k == 0 || k == length / 2 ? power : 2 * power
    }
    #expect(abs(sum / energy - 1) < 1e-6)
  }

  @Test(arguments: [128, 512, 2048], InstructionSet.supported)
  func sinusoidIsOneBin(_ length: Int, _ set: InstructionSet) {
    let transform = FourierTransform(length: length, instructionSet: set)
    for k in [0, 1, 5, length / 4, length / 2 - 1, length / 2] {
      let frame = (0..<length).map {
        Float(cos(2 * Double.pi * Double($0 * k % length) / Double(length) + 0.3))
      }
      let spectrum = forward(transform, frame, window: Array(repeating: 1, count: length))
      for other in 0...length / 2 where other != k {
        #expect(hypot(spectrum.re[other], spectrum.im[other]) < 1e-5 * Float(length))
      }
      let isEnd = k == 0 || k == length / 2
      let expected = isEnd ? cos(0.3) * Double(length) : Double(length) / 2
      #expect(
        abs(Double(hypot(spectrum.re[k], spectrum.im[k])) - expected) < 1e-6 * Double(length))
    }
  }

  @Test(arguments: lengths, InstructionSet.supported)
  func inverseUndoesForward(_ length: Int, _ set: InstructionSet) {
    let transform = FourierTransform(length: length, instructionSet: set)
    var numbers = TestNumbers(seed: 4)
    let frame = numbers.floats(length)
    let spectrum = forward(transform, frame, window: Array(repeating: 1, count: length))
    let window = numbers.floats(length)
    let scaled = window.map { $0 / Float(length / 2) }
    let again = inverse(transform, spectrum, window: scaled)
    let expected = zip(frame, window).map { Double($0) * Double($1) }
    #expect(relativeError(again, expected) < 2e-6)
  }

  /// What the inverse makes of any spectrum, by the definition, in a few samples.
  @Test(arguments: [128, 256, 1024], InstructionSet.supported)
  func inverseAgreesWithDefinition(_ length: Int, _ set: InstructionSet) {
    let transform = FourierTransform(length: length, instructionSet: set)
    var numbers = TestNumbers(seed: 5)
    let half = length / 2
    let spectrum = Spectrum(re: numbers.floats(half + 1), im: numbers.floats(half + 1))
    let frame = inverse(transform, spectrum, window: Array(repeating: 1, count: length))
    for n in [0, 1, 2, 15, 16, half - 1, half, length - 1] {
      // Times length/2; the imaginary parts of the first and the last bin count for nothing.
      var sum = Double(spectrum.re[0]) + Double(spectrum.re[half]) * (n % 2 == 0 ? 1 : -1)
      for k in 1..<half {
        let angle = 2 * Double.pi * Double(n * k % length) / Double(length)
        sum += 2 * (Double(spectrum.re[k]) * cos(angle) - Double(spectrum.im[k]) * sin(angle))
      }
      #expect(abs(Double(frame[n]) - sum / 2) < 1e-6 * Double(length), "sample \(n)")
    }
  }
}
