import Foundation
import Sparrow
import SparrowAudio
import TestSupport
import Testing

struct SpectralFeaturesTests {
  static let frontEnd = SpectralFrontEnd(
    window: 128, hop: 64, exponent: 0.6, floor: 1e-8,
    features: [
      .magnitude,
      .init(.relativeToBin, rise: 1, fall: 0.02, offset: 0.01),
      .init(.relativeToLevel, rise: 0.3, fall: 0.3, offset: 0.05),
      .init(.relativeToBin, rise: 0.5, fall: 0.5, offset: 0.1),
    ])

  /// Frames whose level jumps.
  private func spectra(_ count: Int) -> (re: [[Float]], im: [[Float]]) {
    var numbers = TestNumbers(seed: 1)
    func frame(_ i: Int) -> [Float] {
      numbers.floats(80).map { $0 * (i / 5 % 2 == 0 ? 0.01 : 1) }
    }
    return ((0..<count).map(frame), (0..<count).map(frame))
  }

  private func reference(_ re: [[Float]], _ im: [[Float]]) -> [[Double]] {
    let frontEnd = Self.frontEnd
    let period = 64.0 / 16_000
    var references = [[Double]](
      repeating: Array(repeating: 0, count: 65), count: frontEnd.features.count)
    return zip(re, im).enumerated().map { index, spectrum in
      let magnitude = (0..<65).map { k in
        let (x, y) = (Double(spectrum.0[k]), Double(spectrum.1[k]))
        return pow(x * x + y * y + Double(frontEnd.floor), Double(frontEnd.exponent) / 2)
      }
      let level = magnitude.reduce(0, +) / 65
      return frontEnd.features.enumerated().flatMap { number, feature -> [Double] in
        if feature.kind == .magnitude { return magnitude }
        return (0..<65).map { k in
          let followed = feature.kind == .relativeToBin ? magnitude[k] : level
          if index == 0 { references[number][k] = followed }
          let distance = followed - references[number][k]
          let time = Double(distance > 0 ? feature.rise : feature.fall)
          references[number][k] += distance * (1 - exp(-period / time))
          return magnitude[k] / (references[number][k] + Double(feature.offset))
        }
      }
    }
  }

  @Test(arguments: InstructionSet.supported)
  func agreeWithPlainReference(_ set: InstructionSet) {
    var features = SpectralFeatures(ShortTimeTransform(Self.frontEnd, instructionSet: set))
    let (re, im) = spectra(40)
    for (index, expected) in reference(re, im).enumerated() {
      var output = [Float](repeating: .nan, count: 4 * 65)
      features.push(re: re[index], im: im[index], &output)
      #expect(relativeError(output, expected) < 1e-5, "frame \(index)")
    }
  }

  /// Louder looks the same to what follows the level, but for the offset.
  @Test func relativeFeaturesDoNotDependOnLevel() {
    let frontEnd = SpectralFrontEnd(
      window: 128, hop: 64, floor: 1e-20,
      features: [
        .init(.relativeToBin, rise: 1, fall: 0.1, offset: 1e-9),
        .init(.relativeToLevel, rise: 1, fall: 1, offset: 1e-9),
      ])
    let transform = ShortTimeTransform(frontEnd)
    var quiet = SpectralFeatures(transform)
    var loud = SpectralFeatures(transform)
    let (re, im) = spectra(20)
    for i in 0..<20 {
      var quietOutput = [Float](repeating: .nan, count: 2 * 65)
      var loudOutput = quietOutput
      quiet.push(re: re[i], im: im[i], &quietOutput)
      loud.push(re: re[i].map { $0 * 30 }, im: im[i].map { $0 * 30 }, &loudOutput)
      #expect(relativeError(loudOutput, quietOutput.map(Double.init)) < 1e-5)
    }
  }

  @Test func resetBeginsAgain() {
    var features = SpectralFeatures(ShortTimeTransform(Self.frontEnd))
    let (re, im) = spectra(9)
    func run() -> [Float] {
      var output = [Float](repeating: .nan, count: 4 * 65)
      return (0..<9).flatMap { i in
        features.push(re: re[i], im: im[i], &output)
        return output
      }
    }
    let new = features.state.references
    let first = run()
    features.reset()
    #expect(features.state.references == new && !features.state.hasBegun)
    #expect(run() == first)
  }
}
