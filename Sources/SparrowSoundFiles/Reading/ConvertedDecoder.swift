/// Sound at the rate and with the channels of other sound.
///
/// One channel becomes as many equal ones, and several become their mean where one is wanted.
final class ConvertedDecoder: SoundDecoder {
  let sampleRate: Int
  let channelCount: Int
  let frameCount: Int?
  let information: SoundInformation

  var sampleFormat: SampleFormat { source.sampleFormat }
  var mayHoldNonFinite: Bool { source.mayHoldNonFinite }
  var damage: SoundDamage? { taken < ready[0].count ? nil : source.damage }

  private let source: any SoundDecoder
  private var resampler: Resampler
  private var isAtEnd = false
  /// What is converted, of which so many frames are taken.
  private var ready: [[Float]]
  private var taken = 0
  private var interleaved: [Float] = []

  /// - Returns: nil where there is no way from one to the other.
  init?(_ source: any SoundDecoder, to other: any SoundDecoder) {
    let count = other.channelCount
    guard source.channelCount == count || source.channelCount == 1 || count == 1,
      let resampler = try? Resampler(
        from: source.sampleRate, to: other.sampleRate, channelCount: count)
    else { return nil }
    self.source = source
    sampleRate = other.sampleRate
    channelCount = count
    frameCount = source.frameCount.map { resampler.outputFrameCount(for: $0) }
    information = source.information
    self.resampler = resampler
    ready = Array(repeating: [], count: count)
  }

  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int {
    while taken == ready[0].count && !isAtEnd { refill() }
    let count = min(limit, ready[0].count - taken)
    for channel in 0..<channelCount {
      for frame in 0..<count {
        buffer[frame * channelCount + channel] = ready[channel][taken + frame]
      }
    }
    taken += count
    return count
  }

  private func refill() {
    for channel in ready.indices { ready[channel].removeAll(keepingCapacity: true) }
    taken = 0
    let limit = 4096
    if interleaved.isEmpty {
      interleaved = [Float](repeating: 0, count: limit * source.channelCount)
    }
    let count = interleaved.withUnsafeMutableBufferPointer {
      source.decode(into: $0.baseAddress!, limit: limit)
    }
    guard count > 0 else {
      resampler.flush(into: &ready)
      isAtEnd = true
      return
    }
    let from = source.channelCount
    let block = (0..<channelCount).map { channel in
      (0..<count).map { frame -> Float in
        if from == channelCount { return interleaved[frame * from + channel] }
        let samples = interleaved[frame * from..<(frame + 1) * from]
        return samples.reduce(0, +) / Float(from)
      }
    }
    resampler.process(block, into: &ready)
  }
}
