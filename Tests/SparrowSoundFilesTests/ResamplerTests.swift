import SparrowSoundFiles
import Testing

@Suite struct ResamplerTests {
  static let rates = [
    (44_100, 16_000), (16_000, 44_100), (48_000, 16_000), (16_000, 48_000), (8000, 16_000),
    (22_050, 16_000), (11_025, 16_000), (96_000, 16_000), (16_000, 16_001),
  ]

  @Test(arguments: rates)
  func aSineStaysThatSine(from: Int, to: Int) throws {
    let input = Sound(sampleRate: from, channels: [sine(1000, rate: from, count: 2 * from)])
    let output = try input.resampled(to: to)
    #expect(output.sampleRate == to)
    #expect(output.frameCount == 2 * to)
    // Away from the ends, where the sine starts and stops. An error of alignment of a hundredth of
    // a sample would cost half of these decibels.
    let middle = to / 4..<2 * to - to / 4
    let expected = sine(1000, rate: to, count: 2 * to)
    #expect(signalToNoise(expected[middle], output.channels[0][middle]) > 90)
  }

  @Test(arguments: rates)
  func anImpulseStaysInItsPlace(from: Int, to: Int) throws {
    for position in [0, 1000, from - 1] {
      var impulse = [Float](repeating: 0, count: from)
      impulse[position] = 1
      let output = try Sound(sampleRate: from, channels: [impulse]).resampled(to: to).channels[0]
      let peak = try #require(output.indices.max { output[$0].magnitude < output[$1].magnitude })
      let expected = Double(position) * Double(to) / Double(from)
      #expect((Double(peak) - expected).magnitude <= max(1, Double(to) / Double(from)))
    }
  }

  @Test func aboveTheLowerNyquistNothingPasses() throws {
    let input = Sound(sampleRate: 44_100, channels: [sine(9000, rate: 44_100, count: 44_100)])
    let output = try input.resampled(to: 16_000).channels[0][4000..<12_000]
    #expect(output.allSatisfy { $0.magnitude < 1e-4 })
  }

  @Test(arguments: [0, 1, 2, 3, 440, 441, 44_099, 44_100, 44_101, 100_003])
  func lengthsSurviveTheWayThereAndBack(count: Int) throws {
    let input = Sound(sampleRate: 44_100, channels: [noise(count: count)])
    let there = try input.resampled(to: 16_000)
    #expect(there.frameCount == Int((Double(count) * 16_000 / 44_100).rounded()))
    let back = try there.resampled(to: 44_100)
    // Down to the lower rate, a length is known to half a frame; a caller who wants the old length
    // back cuts or pads by at most that.
    #expect((back.frameCount - count).magnitude <= 2)
    let up = try Sound(sampleRate: 16_000, channels: [noise(count: count)]).resampled(to: 44_100)
    #expect(try up.resampled(to: 16_000).frameCount == count)
  }

  @Test(arguments: [(44_100, 16_000), (16_000, 44_100), (16_000, 16_000)])
  func blocksOfAnySizeGiveTheSameSound(from: Int, to: Int) throws {
    let input = Sound(
      sampleRate: from, channels: [noise(count: 9973), noise(count: 9973, seed: 2)])
    let whole = try input.resampled(to: to)
    var resampler = try Resampler(from: from, to: to, channelCount: 2)
    // The second round shows that flushing leaves nothing behind.
    for block in [1, 64, 1000, 9973] {
      var output: [[Float]] = [[], []]
      for start in stride(from: 0, to: 9973, by: block) {
        let end = min(start + block, 9973)
        resampler.process(input.channels.map { Array($0[start..<end]) }, into: &output)
      }
      resampler.flush(into: &output)
      #expect(output == whole.channels)
    }
  }

  @Test func channelsDoNotMix() throws {
    let left = noise(count: 5000)
    let right = noise(count: 5000, seed: 9)
    let both = try Sound(sampleRate: 44_100, channels: [left, right]).resampled(to: 16_000)
    #expect(
      try both.channels[0]
        == Sound(sampleRate: 44_100, channels: [left]).resampled(to: 16_000).channels[0])
    #expect(
      try both.channels[1]
        == Sound(sampleRate: 44_100, channels: [right]).resampled(to: 16_000).channels[0])
  }

  @Test(arguments: [(100, 25_600), (25_600, 100)])
  func theWidestRatio(from: Int, to: Int) throws {
    let output = try Sound(sampleRate: from, channels: [noise(count: 1000)]).resampled(to: to)
    #expect(output.frameCount == Int((1000 * Double(to) / Double(from)).rounded()))
    #expect(output.channels[0].allSatisfy { $0.isFinite })
  }

  @Test(arguments: [(100, 25_601), (25_601, 100), (0, 16_000), (16_000, 0), (16_000, -1)])
  func impossibleRates(from: Int, to: Int) {
    let error = #expect(throws: ResamplingError.unsupportedRates(from: from, to: to)) {
      _ = try Resampler(from: from, to: to, channelCount: 1)
    }
    #expect(error?.description.contains("\(from) Hz to \(to) Hz") == true)
  }
}
