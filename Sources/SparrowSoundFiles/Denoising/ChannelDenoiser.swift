package import Sparrow
package import SparrowAudio

/// One channel through a denoiser, in pieces of any size, with an output that is aligned and of
/// equal length; counts and times every step.
package final class ChannelDenoiser {
  private var denoiser: Denoiser
  /// Samples of an incomplete hop.
  private var waiting: [Float] = []
  private var hop: [Float]
  /// Output samples to drop, because they precede the signal.
  private var ahead: Int
  private var taken = 0
  private var given = 0
  package private(set) var times = StepTimes()
  package private(set) var count: OperationCount

  package init(
    _ plan: Plan, options: DenoisingOptions = .init()
  ) throws(FrontEndError) {
    denoiser = try Denoiser(plan, options: options)
    hop = [Float](repeating: 0, count: denoiser.hop)
    ahead = denoiser.lag
    count = OperationCount(plan)
    waiting.reserveCapacity(denoiser.hop)
  }

  /// Appends the completed samples to `output`.
  package func process(_ samples: some Sequence<Float>, into output: inout [Float]) {
    for sample in samples {
      taken += 1
      waiting.append(sample)
      if waiting.count == hop.count { step(into: &output) }
    }
  }

  /// Appends the rest, so that the output has the length of the input.
  package func finish(into output: inout [Float]) {
    while given < taken {
      while waiting.count < hop.count { waiting.append(0) }
      step(into: &output)
    }
    // The padding of the last hop is not part of the signal.
    output.removeLast(given - taken)
    given = taken
  }

  private func step(into output: inout [Float]) {
    denoiser.analyze(waiting.span)
    let start = ContinuousClock.now
    denoiser.step(counting: &count)
    times.add(ContinuousClock.now - start)
    var span = hop.mutableSpan
    denoiser.synthesize(&span)
    waiting.removeAll(keepingCapacity: true)
    let skipped = min(ahead, hop.count)
    ahead -= skipped
    output.append(contentsOf: hop[skipped...])
    given += hop.count - skipped
  }
}
