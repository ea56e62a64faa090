public import SparrowCore

/// A plan whose weights are kept as they are fastest here, as far as an error allows; see
/// ``Sparrow/Network/fastestPlan(within:on:instructionSet:)``.
public struct FastestPlan: Sendable {
  /// The plan.
  public let plan: Plan
  /// How the plan keeps the weights, with its time and error.
  public let chosen: Measurement
  /// Every way of keeping them, chosen or not.
  public let measurements: [Measurement]

  /// A way of keeping weights, measured.
  public struct Measurement: Sendable {
    /// How weights are kept.
    public let weights: WeightPrecision
    /// The root mean square of the differences from the outputs of weights as they are, by that of
    /// these outputs; infinite where one is not finite.
    public let relativeError: Double
    /// The time of a step, the best of some rounds.
    public let stepTime: Duration
  }
}

extension Network {
  /// Packs a network in every ``WeightPrecision``, runs each on the frames, and takes the fastest
  /// whose outputs are close enough. Takes some hundred steps of each.
  ///
  /// Networks in fixed point have one way of keeping weights, whose error is 0.
  ///
  /// - Parameters:
  ///   - error: the ``FastestPlan/Measurement/relativeError`` that is allowed; at 0 nothing is
  ///     rounded.
  ///   - frames: n × ``inputWidth`` values such as the network is going to see, n from 1 on, one
  ///     sequence. Errors add up in states: give as many as a sequence has.
  ///   - instructionSet: An instruction set of this processor.
  public func fastestPlan(
    within error: Double, on frames: [Float], instructionSet: InstructionSet = .best
  ) -> FastestPlan {
    precondition(error >= 0, "an error that is allowed")
    precondition(
      !frames.isEmpty && frames.count % inputWidth == 0, "frames have the network's input width")
    let precisions = quantization == nil ? WeightPrecision.allCases : [.single]
    let plans = precisions.map {
      Plan(self, weights: $0, instructionSet: instructionSet)
    }
    let times = bestStepTimes(of: plans, on: frames)
    // `allCases` begins with the weights as they are.
    let exact = outputs(of: plans[0], on: frames)
    let measurements = precisions.indices.map { i in
      FastestPlan.Measurement(
        weights: precisions[i],
        relativeError: i == 0 ? 0 : relativeError(outputs(of: plans[i], on: frames), exact),
        stepTime: times[i])
    }
    let best = measurements.indices.filter { measurements[$0].relativeError <= error }
      .min { measurements[$0].stepTime < measurements[$1].stepTime }!
    return FastestPlan(
      plan: plans[best], chosen: measurements[best], measurements: measurements)
  }
}

private func outputs(of plan: Plan, on frames: [Float]) -> [Float] {
  var stream = NetworkStream(plan)
  var output = [Float](repeating: 0, count: frames.count / plan.inputWidth * plan.outputWidth)
  var span = output.mutableSpan
  stream.run(frames.span, into: &span)
  return output
}

private func relativeError(_ values: [Float], _ exact: [Float]) -> Double {
  var difference = 0.0
  var power = 0.0
  for (value, exact) in zip(values, exact) {
    let d = Double(value) - Double(exact)
    difference += d * d
    power += Double(exact) * Double(exact)
  }
  guard difference.isFinite, power.isFinite else { return .infinity }
  return difference == 0 ? 0 : (difference / power).squareRoot()
}

/// In turn, so that the processor's other work meets all alike.
private func bestStepTimes(of plans: [Plan], on frames: [Float]) -> [Duration] {
  let rounds = 7
  var best = [Duration](repeating: .seconds(1 << 20), count: plans.count)
  for _ in 0..<rounds {
    for (i, plan) in plans.enumerated() { best[i] = min(best[i], stepTime(of: plan, on: frames)) }
  }
  return best
}

/// Frames are repeated until there are so many that the clock's own time is nothing beside theirs.
private func stepTime(of plan: Plan, on frames: [Float]) -> Duration {
  let count = frames.count / plan.inputWidth
  let repetitions = max(1, 128 / count)
  var stream = NetworkStream(plan)
  var output = [Float](repeating: 0, count: count * plan.outputWidth)
  var span = output.mutableSpan
  let clock = ContinuousClock()
  let start = clock.now
  for _ in 0..<repetitions { stream.run(frames.span, into: &span) }
  return start.duration(to: clock.now) / (repetitions * count)
}
