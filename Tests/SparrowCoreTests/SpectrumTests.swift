import Foundation
import SparrowCore
import TestSupport
import Testing

/// Kernels over the bins of a spectrum, of which there may be any number.
struct SpectrumTests {
  static let counts = [0, 1, 7, 15, 16, 17, 31, 65, 257]

  @Test(arguments: InstructionSet.supported, counts)
  func power(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: UInt64(count))
    // From far below the floor to far above 1.
    let scales = (0..<count).map { pow(10, Float($0 % 20) - 10) }
    let re = scales.map { $0 * numbers.float() }
    let im = scales.map { $0 * numbers.float() }
    let floor: Float = 1e-12
    for power: Float in [0.15, 0.5, 1] {
      let result = withCanaries(Array(repeating: .nan, count: count)) {
        Kernels(set).spectrumPower(count, re: re, im: im, floor: floor, power: power, $0)
      }
      for i in 0..<count {
        let energy =
          Double(re[i]) * Double(re[i]) + Double(im[i]) * Double(im[i]) + Double(floor)
        let exponent = log(energy) * Double(power)
        // An error of the logarithm in the last place is multiplied by the exponent's size.
        let tolerance = (4 + 2 * abs(exponent)) * 0x1p-24
        #expect(abs(Double(result[i]) / exp(exponent) - 1) <= tolerance)
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func powerOfExtremes(_ set: InstructionSet) {
    let re: [Float] = [0, 1e-38, 1e19, 1e30, .greatestFiniteMagnitude]
    let im: [Float] = [0, 1e-38, 1e19, -1e30, .infinity]
    let result = withCanaries(Array(repeating: .nan, count: 5)) {
      Kernels(set).spectrumPower(5, re: re, im: im, floor: 1e-10, power: 0.15, $0)
    }
    #expect(result.allSatisfy { $0.isFinite && $0 > 0 })
    #expect(abs(result[0] / 0.0316227766 - 1) < 1e-5)  // (1e-10)^0.15
  }

  @Test(arguments: InstructionSet.supported, counts)
  func follow(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: UInt64(count))
    let (rise, fall, offset): (Float, Float, Float) = (0.02, 0.6, 0.01)
    var reference = numbers.floats(count, in: 0...1)
    var expected = reference.map(Double.init)
    for _ in 0..<3 {
      let c = numbers.floats(count, in: 0...1)
      var output: [Float] = []
      reference = withCanaries(reference) { reference in
        output = withCanaries(Array(repeating: .nan, count: count)) {
          Kernels(set).spectrumFollow(
            count, c, rise: rise, fall: fall, offset: offset, reference: reference, $0)
        }
      }
      for i in 0..<count {
        let distance = Double(c[i]) - expected[i]
        expected[i] += distance * Double(distance > 0 ? rise : fall)
        #expect(abs(Double(reference[i]) - expected[i]) <= 4e-7)
        let ratio = Double(c[i]) / (expected[i] + Double(offset))
        #expect(abs(Double(output[i]) - ratio) <= 1e-5 * max(1, ratio))
      }
    }
  }

  @Test(arguments: InstructionSet.supported, counts)
  func mask(_ set: InstructionSet, count: Int) {
    var numbers = TestNumbers(seed: UInt64(count))
    let (mask, re, im) = (numbers.floats(count), numbers.floats(count), numbers.floats(count))
    var maskedIm: [Float] = []
    let maskedRe = withCanaries(re) { re in
      maskedIm = withCanaries(im) { Kernels(set).spectrumMask(count, mask: mask, re: re, im: $0) }
    }
    #expect(maskedRe == zip(re, mask).map { $0 * $1 })
    #expect(maskedIm == zip(im, mask).map { $0 * $1 })
  }
}
