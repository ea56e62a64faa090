import Sparrow
import SparrowAudio

/// The channels of a sound on their way through a denoiser, and the way to the network's rate and
/// back.
struct DenoisedChannels: ~Copyable {
  let denoisers: [ChannelDenoiser]
  private var there: Resampler
  private var back: Resampler
  /// Whether the sound has another rate than the network.
  private let resamples: Bool
  private var given = 0
  private var slow: [[Float]]
  private var cleanSlow: [[Float]]

  init(
    _ plan: Plan, _ options: DenoisingOptions, count: Int, sampleRate: Int, networkRate: Int
  ) throws {
    let denoisers = try (0..<count).map { _ in try ChannelDenoiser(plan, options: options) }
    let there = try Resampler(from: sampleRate, to: networkRate, channelCount: count)
    let back = try Resampler(from: networkRate, to: sampleRate, channelCount: count)
    self.denoisers = denoisers
    self.there = there
    self.back = back
    resamples = sampleRate != networkRate
    slow = Array(repeating: [], count: count)
    cleanSlow = slow
  }

  var empty: [[Float]] { Array(repeating: [], count: denoisers.count) }

  /// Replaces `output` by what is complete once `block` has come in.
  mutating func process(_ block: [[Float]], into output: inout [[Float]]) {
    clear(&output)
    guard resamples else {
      for (channel, denoiser) in denoisers.enumerated() {
        denoiser.process(block[channel], into: &output[channel])
      }
      given += output[0].count
      return
    }
    clear(&slow)
    there.process(block, into: &slow)
    clear(&cleanSlow)
    for (channel, denoiser) in denoisers.enumerated() {
      denoiser.process(slow[channel], into: &cleanSlow[channel])
    }
    back.process(cleanSlow, into: &output)
    given += output[0].count
  }

  /// Replaces `output` by the rest, so that `frames` have been given in all.
  mutating func finish(frames: Int, into output: inout [[Float]]) {
    clear(&output)
    if resamples {
      clear(&slow)
      there.flush(into: &slow)
      clear(&cleanSlow)
      for (channel, denoiser) in denoisers.enumerated() {
        denoiser.process(slow[channel], into: &cleanSlow[channel])
        denoiser.finish(into: &cleanSlow[channel])
      }
      back.process(cleanSlow, into: &output)
      back.flush(into: &output)
    } else {
      for (channel, denoiser) in denoisers.enumerated() { denoiser.finish(into: &output[channel]) }
    }
    // There and back again, a length is rounded twice.
    let rest = frames - given
    for channel in output.indices {
      if output[channel].count > rest { output[channel].removeLast(output[channel].count - rest) }
      while output[channel].count < rest { output[channel].append(0) }
    }
    given = frames
  }
}

/// Empties every channel, keeping its memory.
private func clear(_ block: inout [[Float]]) {
  for channel in block.indices { block[channel].removeAll(keepingCapacity: true) }
}
