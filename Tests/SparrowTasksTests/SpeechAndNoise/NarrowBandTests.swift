import Foundation
import Testing

@testable import SparrowTasks

struct NarrowBandTests {
  private func tone(_ frequency: Double, amplitude: Double = 0.25) -> [Float] {
    (0..<16_000).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / 16_000)) }
  }

  /// The root mean square away from the edges, by that of a tone of amplitude 0.25.
  private func gain(_ signal: [Float]) -> Double {
    Levels.meanSquare(Array(signal[2000..<14_000])).squareRoot() / (0.25 / 2.0.squareRoot())
  }

  @Test(arguments: [false, true])
  func keepsTheBandOfSpeechInItsPlace(isTelephone: Bool) {
    let input = tone(1000)
    let output = NarrowBand(sampleRate: 16_000).apply(to: input, isTelephone: isTelephone)
    #expect(output.count == input.count)
    #expect(abs(gain(output) - 1) < 0.02)
    let error = zip(input[2000..<14_000], output[2000..<14_000]).map { $0 - $1 }
    // The high-pass turns the phase of 1 kHz by 45 degrees.
    if !isTelephone { #expect(Levels.meanSquare(error) < 1e-8) }
  }

  @Test func takesAwayWhatIsOutsideTheBand() {
    let band = NarrowBand(sampleRate: 16_000)
    #expect(gain(band.apply(to: tone(5000), isTelephone: false)) < 1e-4)
    #expect(gain(band.apply(to: tone(100), isTelephone: false)) > 0.99)
    #expect(gain(band.apply(to: tone(100), isTelephone: true)) < 0.02)
    let edge = gain(band.apply(to: tone(300), isTelephone: true))
    #expect(abs(edge - 0.7071) < 0.01)
  }

  @Test func keepsLengthsThatAreNoMultiples() {
    for count in [0, 1, 2, 3, 255, 1001] {
      let signal = [Float](repeating: 0.1, count: count)
      let output = NarrowBand(sampleRate: 16_000).apply(to: signal, isTelephone: true)
      #expect(output.count == count)
    }
  }

  /// Outputs of ITU-T G.711's decoder, as 16-bit samples: the largest, the ends of segments, the
  /// smallest steps.
  @Test(arguments: [32124, 31100, 16764, 15996, 7932, 3900, 1884, 876, 372, 120, 16, 8, 0])
  func muLawKeepsItsOwnValues(value: Int) {
    for sign in [1, -1] {
      let sample = Float(sign * value) / 32768
      #expect(MuLaw.rounded(sample) == sample)
    }
  }

  @Test func muLawHas255Values() {
    let values = Set((-32768..<32768).map { MuLaw.rounded(Float($0) / 32768) })
    #expect(values.count == 255)
    #expect(values.max() == 32124.0 / 32768)
    for i in stride(from: -32000, to: 32000, by: 37) {
      let sample = Float(i) / 32768
      // Half a step of a segment of 16 steps, and the code's bias.
      #expect(abs(MuLaw.rounded(sample) - sample) <= (abs(sample) + 132.0 / 32768) / 32 + 1e-6)
    }
  }
}
