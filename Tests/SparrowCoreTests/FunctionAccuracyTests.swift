import Foundation
import SparrowCore
import TestSupport
import Testing

/// The functions in double precision, from the C library.
enum Reference {
  static func sigmoid(_ v: Double) -> Double { 1 / (1 + exp(-v)) }

  /// The approximation by tanh.
  static func gelu(_ v: Double) -> Double {
    v * sigmoid(2 * (2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v))
  }
}

/// How close the polynomial approximations come, through the kernels that use them.
struct FunctionAccuracyTests {
  /// Dense between -20 and 20, then out to the ends of the exponent's range, and special values.
  static let inputs: [Float] = {
    var values: [Float] = (-8000...8000).map { Float($0) / 400 + 0.00031 }
    values += (-1760...1760).map { Float($0) / 20 }
    values += [0, -0.0, 1e-30, -1e-30, 88.72, -88.72, 1e4, -1e4, 1e30, -1e30]
    return values + Array(repeating: 0, count: (16 - values.count % 16) % 16)
  }()

  private func apply(_ kernel: (Int, UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    withCanaries(Self.inputs) { kernel(Self.inputs.count, $0) }
  }

  /// Relative accuracy over the whole range, which in the far tails is that of the exponential.
  @Test(arguments: InstructionSet.supported)
  func sigmoid(_ set: InstructionSet) {
    for (v, value) in zip(Self.inputs, apply(Kernels(set).sigmoid)) {
      if v < -87 {
        #expect(value >= 0 && value < 2e-38)
      } else {
        #expect(ulps(value, Reference.sigmoid(Double(v))) <= 3, "sigmoid(\(v)) = \(value)")
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func tanh(_ set: InstructionSet) {
    for (v, value) in zip(Self.inputs, apply(Kernels(set).tanh)) {
      let expected = Foundation.tanh(Double(v))
      #expect(abs(Double(value) - expected) <= 2e-7, "tanh(\(v)) = \(value)")
      #expect(abs(value) <= 1)
    }
  }

  @Test(arguments: InstructionSet.supported)
  func gelu(_ set: InstructionSet) {
    for (v, value) in zip(Self.inputs, apply(Kernels(set).gelu)) {
      let expected = Reference.gelu(Double(v))
      #expect(
        abs(Double(value) - expected) <= 4e-7 * max(1, abs(expected)), "gelu(\(v)) = \(value)")
    }
  }

  @Test(arguments: InstructionSet.supported)
  func infinities(_ set: InstructionSet) {
    let kernels = Kernels(set)
    let infinities: [Float] = [.infinity, -.infinity] + Array(repeating: 0, count: 14)
    let sigmoid = withCanaries(infinities) { kernels.sigmoid(16, $0) }
    let tanh = withCanaries(infinities) { kernels.tanh(16, $0) }
    #expect(sigmoid[0] == 1 && sigmoid[1] >= 0 && sigmoid[1] < 2e-38)
    #expect(tanh[0] == 1 && tanh[1] == -1)
  }
}
