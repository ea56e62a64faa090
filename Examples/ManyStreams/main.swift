// Many callers at once on one core: a denoiser for each, one plan for all. Says how many live
// streams that would be: ManyStreams 500

import SparrowAudio
import SparrowModels

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 500

/// A caller: a stream with a state of its own. Where it goes on may be another machine.
final class Caller {
  private var denoiser: Denoiser
  private(set) var hop: [Float]

  init(_ plan: Plan) throws {
    denoiser = try Denoiser(plan)
    hop = [Float](repeating: 0, count: denoiser.hop)
  }

  func process(_ samples: Span<Float>) {
    var output = hop.mutableSpan
    denoiser.process(samples, into: &output)
  }
}

let plan = Plan(EmbeddedModel.denoiser.network)
let callers = try (0..<count).map { _ in try Caller(plan) }
let noise = (0..<callers[0].hop.count).map { _ in Float.random(in: -0.1...0.1) }
let hops = 25
let elapsed = ContinuousClock().measure {
  for _ in 0..<hops {
    for caller in callers { caller.process(noise.span) }
  }
}
let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
let perHop = seconds / Double(hops * count)
let live = Double(plan.hop!) / Double(plan.sampleRate!) / perHop
print(
  "\(count) streams: \(Int(perHop * 1e9)) ns a hop of \(plan.hop!) samples; one core carries "
    + "\(Int(live)) live streams")
