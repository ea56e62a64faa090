import Sparrow
import SparrowAudio

/// The channels of a sound on their way through a denoiser, each with a state of its own.
struct DenoisedChannels: ~Copyable {
  let denoisers: [ChannelDenoiser]

  /// - Throws: ``ResamplingError`` for a rate that cannot be denoised.
  init(
    _ plan: Plan, _ options: DenoisingOptions, count: Int, sampleRate: Int,
    measuresVoiceActivity: Bool
  ) throws {
    guard ResamplingFilter.rates.contains(sampleRate) else {
      throw ResamplingError.unsupportedRate(sampleRate, expected: ResamplingFilter.rates)
    }
    denoisers = try (0..<count).map { _ in
      try ChannelDenoiser(
        plan, sampleRate: sampleRate, options: options, measuresVoiceActivity: measuresVoiceActivity
      )
    }
  }

  var empty: [[Float]] { Array(repeating: [], count: denoisers.count) }

  /// Replaces `output` by what is complete once `block` has come in.
  func process(_ block: [[Float]], into output: inout [[Float]]) {
    clear(&output)
    for (channel, denoiser) in denoisers.enumerated() {
      denoiser.process(block[channel], into: &output[channel])
    }
  }

  /// Replaces `output` by the rest.
  func finish(into output: inout [[Float]]) {
    clear(&output)
    for (channel, denoiser) in denoisers.enumerated() { denoiser.finish(into: &output[channel]) }
  }
}

/// Empties every channel, keeping its memory.
private func clear(_ block: inout [[Float]]) {
  for channel in block.indices { block[channel].removeAll(keepingCapacity: true) }
}
