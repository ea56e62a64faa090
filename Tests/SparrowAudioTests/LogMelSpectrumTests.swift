import Foundation
import Sparrow
import SparrowAudio
import Testing

/// Knuth's linear congruence: the same numbers in every run.
private struct Congruence: RandomNumberGenerator {
  var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}

/// Mel bands in integers against their definition in double precision.
@Suite struct LogMelSpectrumTests {
  static let frontEnd = KeywordFrontEnd(window: 512, hop: 160, words: ["a"])

  /// The definition, with the sums as they are written.
  private static func reference(_ window: [Int16], _ frontEnd: KeywordFrontEnd) -> [Double] {
    let n = frontEnd.window
    func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
    let low = mel(Double(frontEnd.lowestFrequency))
    let spacing = (mel(Double(frontEnd.highestFrequency)) - low) / Double(frontEnd.bands + 1)
    let powers = (0...n / 2).map { k -> Double in
      var (re, im) = (0.0, 0.0)
      for (i, sample) in window.enumerated() {
        let hann = 0.5 - 0.5 * cos(2 * .pi * Double(i) / Double(n))
        let angle = -2 * .pi * Double(k * i % n) / Double(n)
        re += hann * Double(sample) * cos(angle)
        im += hann * Double(sample) * sin(angle)
      }
      return (re * re + im * im) * 0x1p14 / 4096
    }
    return (0..<frontEnd.bands).map { band in
      let center = low + spacing * Double(band + 1)
      let energy = powers.enumerated().reduce(0x1p20) { sum, power in
        let f = Double(power.offset) * Double(frontEnd.sampleRate) / Double(n)
        return sum + 4096 * max(0, 1 - abs(mel(f) - center) / spacing) * power.element
      }
      return log2(energy) - 32
    }
  }

  private static func features(
    _ samples: [Int16], _ frontEnd: KeywordFrontEnd = frontEnd
  ) -> [[Int16]] {
    var spectrum = LogMelSpectrum(frontEnd)
    var features = [Int16](repeating: 0, count: frontEnd.bands)
    var frames: [[Int16]] = []
    for start in stride(from: 0, to: samples.count - frontEnd.hop + 1, by: frontEnd.hop) {
      var span = features.mutableSpan
      spectrum.push(samples.span.extracting(start..<start + frontEnd.hop), into: &span)
      frames.append(features)
    }
    return frames
  }

  private static func signals() -> [[Int16]] {
    var random = Congruence()
    let count = 1280
    return [
      (0..<count).map { Int16(32767 * sin(Double($0) * 0.3)) },
      (0..<count).map { _ in Int16.random(in: -32768...32767, using: &random) },
      (0..<count).map { _ in Int16.random(in: -3...3, using: &random) },
      (0..<count).map { $0 % 2 == 0 ? 32767 : -32768 },
      (0..<count).map { $0 / 20 % 2 == 0 ? 32767 : -32768 },
      (0..<count).map { $0 == 900 ? 20000 : 0 },
      [Int16](repeating: -32768, count: count),
    ]
  }

  @Test func followsItsDefinition() {
    for signal in Self.signals() {
      let padded = [Int16](repeating: 0, count: 512 - 160) + signal
      for (frame, features) in Self.features(signal).enumerated() {
        let window = Array(padded[frame * 160..<frame * 160 + 512])
        for (value, expected) in zip(features, Self.reference(window, Self.frontEnd)) {
          // Bands' weights have 12 bits, and next to a full-scale tone only a small one may count.
          #expect(abs(Double(value) / 512 - expected) < 0.05)
        }
      }
    }
  }

  @Test func silenceIsTheFloor() {
    let frames = Self.features([Int16](repeating: 0, count: 1600))
    #expect(frames.allSatisfy { $0.allSatisfy { $0 == (20 - 32) * 512 } })
  }

  @Test(arguments: [128, 256, 512, 1024]) func everyWindowSeesAToneInItsBand(window: Int) {
    let frontEnd = KeywordFrontEnd(window: window, hop: window / 2, bands: 12, words: ["a"])
    for frequency in [300.0, 1000, 4000] {
      let signal = (0..<4 * window).map {
        Int16(8000 * sin(2 * .pi * frequency * Double($0) / 16_000))
      }
      let last = Self.features(signal, frontEnd).last!
      func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
      let place = 13 * (mel(frequency) - mel(60)) / (mel(7600) - mel(60)) - 1
      let loudest = last.indices.max { last[$0] < last[$1] }!
      #expect(abs(Double(loudest) - place) <= 0.75)
    }
  }

  @Test func samplesAreRoundedAndKeptInRange() {
    #expect(LogMelSpectrum.quantize(0.5) == 16384)
    #expect(LogMelSpectrum.quantize(-2) == -32768)
    #expect(LogMelSpectrum.quantize(1) == 32767)
    #expect(LogMelSpectrum.quantize(2.5 / 32768) == 2)
    #expect(LogMelSpectrum.quantize(.infinity) == 32767)
    #expect(LogMelSpectrum.quantize(.nan) == 0)
  }
}
