import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct ConvolutionTests {
  @Test(arguments: [1, 100, 700, 3000])
  func matchesTheDefinition(count: Int) {
    let signal = Array(Signals.noise(seconds: 1, seed: 1)[..<count])
    let first = Array(Signals.noise(seconds: 1, seed: 2)[..<300])
    let second = Array(Signals.noise(seconds: 1, seed: 3)[..<41])
    let convolution = Convolution(longestResponse: 340)
    for delay in [0, 20] {
      let results = convolution.apply(
        [
          convolution.response(first), convolution.response(second),
          convolution.response(first) * convolution.response(second),
        ], to: signal, delay: delay)
      let direct = [
        convolve(signal, first), convolve(signal, second),
        convolve(convolve(signal, first), second),
      ]
      for (result, expected) in zip(results, direct) {
        let end = (expected + [Float](repeating: 0, count: count))[delay..<delay + count]
        #expect(Signals.difference(result, end) < 1e-4)
      }
    }
  }

  private func convolve(_ a: [Float], _ b: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: a.count + b.count - 1)
    for i in a.indices {
      for j in b.indices { result[i + j] += a[i] * b[j] }
    }
    return result
  }
}

@Suite struct EqualizerTests {
  @Test func gainsAreReachedAtTheKnots() {
    let equalizer = Equalizer(sampleRate: 16_000)
    #expect(equalizer.taps == 1024)
    #expect(abs(Equalizer.knots[0] - 60) < 1e-9 && abs(Equalizer.knots[8] - 7900) < 1e-9)
    var random = RandomNumbers(seed: 5)
    for _ in 0..<8 {
      let gains = Equalizer.knots.map { _ in random.uniform(in: -8...8) }
      let response = equalizer.response(gains: gains)
      for (knot, gain) in zip(Equalizer.knots, gains) {
        let reached = 20 * log10(Signals.magnitude(response, at: knot))
        // The filter's resolution of some 30 Hz rounds the lowest two off.
        #expect(abs(reached - gain) < (knot < 150 ? 2 : 0.7), "at \(knot) Hz")
      }
    }
  }

  @Test func constantGainIsADelayedImpulse() {
    let equalizer = Equalizer(sampleRate: 16_000)
    let response = equalizer.response(gains: [Double](repeating: 6, count: 9))
    var expected = [Float](repeating: 0, count: equalizer.taps)
    expected[equalizer.delay] = Float(pow(10, 6.0 / 20))
    #expect(Signals.difference(response, expected) < 1e-5)
  }

  @Test func responsesAreSymmetric() {
    var random = RandomNumbers(seed: 6)
    let equalizer = Equalizer(sampleRate: 8000)
    let response = equalizer.draw(range: 8, &random)
    #expect(response[0] == 0, "the window ends in nothing")
    #expect(Signals.difference(response[1...], response[1...].reversed()) < 1e-5)
  }
}

@Suite struct SpeedChangeTests {
  @Test(arguments: [0.85, 0.93, 1.0, 1.08, 1.15], [100.0, 1000, 4000])
  func sinesChangeTheirFrequencyByTheFactor(speed: Double, frequency: Double) {
    let count = 8000
    let source = Signals.tone(frequency, seconds: 1)
    let needed = SpeedChange.sourceCount(for: count, speed: speed)
    let result = SpeedChange().apply(speed, to: Array(source[..<needed]), count: count)
    #expect(result.count == count)
    let inside = 32..<count - 32
    let expected = Signals.tone(frequency * speed, seconds: 1)
    #expect(Signals.difference(result[inside], expected[inside]) < 2e-3)
  }

  @Test func whatWouldBeFoldedBackIsRemoved() {
    let source = Signals.tone(7700, seconds: 1)
    let result = SpeedChange().apply(1.15, to: source, count: 13_000)
    #expect(Signals.power(result) < 1e-3 * Signals.power(source))
  }
}

@Suite struct RoomResponseTests {
  @Test func directSoundComesFirstAndReflectionsDecay() {
    for seed in 0..<20 as Range<UInt64> {
      var random = RandomNumbers(seed: seed)
      let room = RoomResponse(sampleRate: 16_000, &random)
      #expect(room.taps[0] == 1)
      #expect(room.taps[1..<16].allSatisfy { $0 == 0 })
      #expect((1280...7200).contains(room.taps.count))
      #expect(room.early == Array(room.taps.prefix(800)))
      let reflected = Signals.power(Array(room.taps.dropFirst())) * Double(room.taps.count - 1)
      #expect((-15.01...0.01).contains(10 * log10(reflected)))
      let fifth = room.taps.count / 5
      let early = Signals.power(Array(room.taps[fifth..<2 * fifth]))
      let late = Signals.power(Array(room.taps[4 * fifth..<5 * fifth]))
      // Three fifths of 60 dB lie between the two.
      #expect(abs(10 * log10(early / late) - 36) < 3)
    }
  }
}
