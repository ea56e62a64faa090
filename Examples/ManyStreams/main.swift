// Many callers at once on one core: a group of denoisers that takes a hop of each in a call, and
// reads the network's weights once for many of them. Says how many live streams that would be:
// ManyStreams 500

import SparrowAudio
import SparrowModels

let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 500
let plan = Plan(EmbeddedModel.denoiser.network)
var group = try DenoiserGroup(plan, capacity: count)
let callers = (0..<count).compactMap { _ in group.add() }
let noisy = (0..<count * group.hop).map { _ in Float.random(in: -0.1...0.1) }
var clean = noisy
let hops = 25
let elapsed = ContinuousClock().measure {
  for _ in 0..<hops {
    var output = clean.mutableSpan
    group.process(callers.span, noisy.span, into: &output)
  }
}
let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
let perHop = seconds / Double(hops * count)
let live = Double(group.hop) / Double(group.sampleRate) / perHop
print(
  "\(count) streams: \(Int(perHop * 1e9)) ns a hop of \(group.hop) samples; one core carries "
    + "\(Int(live)) live streams")

/// A caller goes on elsewhere: its state is a value, which a single denoiser takes, too.
func goOn(from state: SignalState, with hop: [Float]) throws -> [Float] {
  var denoiser = try Denoiser(plan)
  denoiser.state = state
  var output = hop
  var span = output.mutableSpan
  denoiser.process(hop.span, into: &span)
  return output
}

let state = group.state(of: callers[0])
group.remove(callers[0])
let next = try goOn(from: state, with: Array(noisy[..<group.hop]))
print("one of them went on elsewhere: \(next.count) samples")
