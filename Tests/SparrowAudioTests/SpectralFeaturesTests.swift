import Foundation
import Sparrow
import SparrowAudio
import TestSupport
import Testing

@testable import SparrowAudioCore

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
    let new = features.state
    let first = run()
    features.reset()
    #expect(features.state == new)
    #expect(run() == first)
  }

  // MARK: In silence

  private static let bounded = SpectralFrontEnd(
    window: 128, hop: 64,
    features: [
      .init(
        .relativeToBin, rise: 1.5, fall: 0.1, offset: 0.05, limit: 10, initial: 0.2, settling: 0.1),
      .init(.relativeToFrame, offset: 0.05, limit: 6),
    ], silence: 0.1, restart: 0.5)

  /// In silence the network sees what it would see if every band were as its reference, and a short
  /// one is as if it had not been.
  @Test(arguments: [1, 7, 124]) func silenceIsNotFollowed(frames: Int) {
    var features = SpectralFeatures(ShortTimeTransform(Self.bounded))
    let (re, im) = spectra(30)
    var output = [Float](repeating: .nan, count: 2 * 65)
    for i in 0..<29 { features.push(re: re[i], im: im[i], &output) }
    let state = features.state
    let references = features.references
    features.push(re: re[29], im: im[29], &output)
    let expected = output
    features.state = state
    let zeros = [Float](repeating: 0, count: 80)
    for _ in 0..<frames { features.push(re: zeros, im: zeros, &output) }
    for i in 0..<65 {
      let reference = references[i]
      #expect(output[i] == reference / (reference + 0.05))
      #expect(output[65 + i] < 1)
    }
    features.push(re: re[29], im: im[29], &output)
    #expect(output == expected)
  }

  /// After a long silence features begin anew.
  @Test(arguments: [125, 5000]) func longSilenceIsANewBeginning(frames: Int) {
    var features = SpectralFeatures(ShortTimeTransform(Self.bounded))
    var fresh = SpectralFeatures(ShortTimeTransform(Self.bounded))
    let (re, im) = spectra(30)
    var (output, expected) = (
      [Float](repeating: .nan, count: 130), [Float](repeating: 0, count: 130)
    )
    for i in 0..<20 { features.push(re: re[i], im: im[i], &output) }
    let zeros = [Float](repeating: 0, count: 80)
    for _ in 0..<frames { features.push(re: zeros, im: zeros, &output) }
    for i in 20..<30 {
      features.push(re: re[i], im: im[i], &output)
      fresh.push(re: re[i], im: im[i], &expected)
      #expect(output == expected)
    }
  }

  @Test func valuesStayWithinTheirLimits() {
    var features = SpectralFeatures(ShortTimeTransform(Self.bounded))
    var output = [Float](repeating: .nan, count: 2 * 65)
    var largest: (Float, Float) = (0, 0)
    let quiet = [Float](repeating: 1e-2, count: 60)
    for scale in quiet + [0, 1e-4, 1, 1e4, 1e-3, 0, 1e6, 1] {
      var numbers = TestNumbers(seed: 4)
      let re = numbers.floats(80).map { $0 * scale }
      features.push(re: re, im: re, &output)
      largest = (max(largest.0, output[..<65].max()!), max(largest.1, output[65...].max()!))
    }
    #expect(largest.0 == 10 && largest.1 <= 6)
  }

  /// In its first frames a reference is the running mean of what it begins with and of them, when
  /// the signal only rises.
  @Test func referencesSettle() {
    var features = SpectralFeatures(ShortTimeTransform(Self.bounded))
    var output = [Float](repeating: .nan, count: 2 * 65)
    var sum = 0.2
    for frame in 0..<10 {
      let magnitude = 0.5 + 0.1 * Double(frame)
      let part = Float(pow(magnitude, 1 / 0.3))
      features.push(
        re: [Float](repeating: part, count: 80), im: [Float](repeating: 0, count: 80), &output)
      sum += magnitude
      let expected = magnitude / (sum / Double(frame + 2) + 0.05)
      #expect(abs(Double(output[3]) / expected - 1) < 1e-5)
    }
  }
}
