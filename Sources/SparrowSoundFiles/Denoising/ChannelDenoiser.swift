package import Sparrow
package import SparrowAudio

/// One channel of any rate through a denoiser, in pieces of any size, with an output that is
/// aligned and of equal length; counts and times every step.
package final class ChannelDenoiser {
  private var denoiser: StreamingDenoiser
  /// Output samples to drop, because they precede the signal.
  private var ahead: Int
  private var taken = 0
  private var given = 0
  private let steps: Steps

  package var times: StepTimes { steps.times }
  package var count: OperationCount { steps.count }
  /// Voice activity, a value a frame; empty unless it is asked for.
  package var voiceActivity: [Float] { steps.voiceActivity }

  private final class Steps {
    var times = StepTimes()
    var count: OperationCount
    var voiceActivity: [Float] = []

    init(_ plan: Plan) { count = OperationCount(plan) }
  }

  /// A denoiser at the beginning of a signal.
  ///
  /// - Parameters:
  ///   - sampleRate: of the signal, from 1,000 to 768,000; nil for the network's.
  ///   - measuresVoiceActivity: whether to keep ``voiceActivity``.
  package init(
    _ plan: Plan, sampleRate: Int? = nil, options: DenoisingOptions = .init(),
    measuresVoiceActivity: Bool = false
  ) throws(FrontEndError) {
    let steps = Steps(plan)
    self.steps = steps
    denoiser = try StreamingDenoiser(plan, sampleRate: sampleRate, options: options)
    ahead = denoiser.latency
    denoiser.measuresVoiceActivity = measuresVoiceActivity
    denoiser.steps = { denoiser in
      // That of the frame before: this one's mask is yet to come.
      if measuresVoiceActivity, steps.times.count > 0 {
        steps.voiceActivity.append(denoiser.voiceActivity)
      }
      let start = ContinuousClock.now
      denoiser.step(counting: &steps.count)
      steps.times.add(ContinuousClock.now - start)
    }
  }

  /// Appends the completed samples to `output`.
  package func process(_ samples: [Float], into output: inout [Float]) {
    taken += samples.count
    give(samples, into: &output)
  }

  /// Appends the rest, so that the output has the length of the input.
  package func finish(into output: inout [Float]) {
    let silence = [Float](repeating: 0, count: min(1024, denoiser.latency))
    while given < taken { give(silence, into: &output) }
    // Behind the signal's end.
    output.removeLast(given - taken)
    given = taken
    if denoiser.measuresVoiceActivity, steps.voiceActivity.count < steps.times.count {
      steps.voiceActivity.append(denoiser.voiceActivity)
    }
  }

  private func give(_ samples: [Float], into output: inout [Float]) {
    let start = output.count
    output.append(contentsOf: samples)
    let count = samples.count
    output.withUnsafeMutableBufferPointer { output in
      guard let base = output.baseAddress else { return }
      denoiser.process(base + start, count: count, into: base + start)
    }
    let skipped = min(ahead, count)
    ahead -= skipped
    output.removeSubrange(start..<start + skipped)
    given += count - skipped
  }
}
