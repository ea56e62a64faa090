import SparrowAudio
import SparrowModels
import TestSupport
import Testing

struct DenoiserGroupTests {
  private final class Single {
    var denoiser: Denoiser
    init(_ plan: Plan) throws { denoiser = try Denoiser(plan) }

    func process(_ samples: [Float]) -> [Float] {
      var output = [Float](repeating: 0, count: samples.count)
      var span = output.mutableSpan
      denoiser.process(samples.span, into: &span)
      return output
    }
  }

  /// Signals that join at different times, of which some wait in every call: the same samples as
  /// of single denoisers, and the same states.
  @Test(arguments: InstructionSet.supported)
  func agreesWithDenoisers(_ set: InstructionSet) throws {
    let plan = Plan(EmbeddedModel.denoiser.network, instructionSet: set)
    var group = try DenoiserGroup(plan, capacity: 40)
    var singles: [Single] = []
    var numbers = TestNumbers(seed: 1)
    let hop = group.hop
    for call in 0..<8 {
      for _ in 0..<5 {
        let index = group.add()
        #expect(index == singles.count)
        singles.append(try Single(plan))
      }
      let signals = Array(singles.indices).shuffled(using: &numbers).filter { _ in
        call == 7 || numbers.next() % 4 > 0
      }
      let samples = numbers.floats(signals.count * hop, in: -0.2...0.2)
      var output = [Float](repeating: 7, count: samples.count)
      var span = output.mutableSpan
      group.process(signals.span, samples.span, into: &span)
      for (place, signal) in signals.enumerated() {
        let range = place * hop..<(place + 1) * hop
        #expect(Array(output[range]) == singles[signal].process(Array(samples[range])))
      }
    }
    for (index, single) in singles.enumerated() {
      let state = group.state(of: index)
      #expect(state == single.denoiser.state)
    }
  }

  /// A signal that leaves goes on elsewhere, and whoever gets its index begins anew.
  @Test func signalsMove() throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    let options = DenoisingOptions(attenuationLimit: 12, mix: 0.75)
    var group = try DenoiserGroup(plan, capacity: 2, options: options)
    var other = try DenoiserGroup(plan, capacity: 20, options: options)
    var single = try Denoiser(plan, options: options)
    _ = group.add()
    _ = other.add()
    var numbers = TestNumbers(seed: 2)
    let hop = group.hop
    var (expected, found) = ([Float](repeating: 0, count: hop), [Float](repeating: 1, count: hop))
    let first = [0]
    func frame() -> [Float] { numbers.floats(hop) }
    for step in 0..<12 {
      let samples = frame()
      var span = expected.mutableSpan
      single.process(samples.span, into: &span)
      var result = found.mutableSpan
      if step < 6 {
        group.process(first.span, samples.span, into: &result)
      } else {
        other.process(first.span, samples.span, into: &result)
      }
      #expect(found == expected)
      if step == 5 { try other.setState(group.state(of: 0), of: 0) }
    }
    group.remove(0)
    let again = group.add()
    #expect(again == 0)
    let (fresh, beginning) = (group.state(of: 0), try Denoiser(plan).state)
    #expect(fresh == beginning)
    let spotter = try Spotter(EmbeddedModel.keywords.network).state
    #expect(throws: StreamStateError.self) { try setForeign(spotter) }
  }

  /// Options of one signal are none of its neighbours', and none of whoever gets its index.
  @Test func signalsHaveOptions() throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    let options = DenoisingOptions(attenuationLimit: 6, mix: 0.5)
    var group = try DenoiserGroup(plan, capacity: 2)
    let signals = [group.add()!, group.add()!]
    group.setOptions(options, of: 1)
    var singles = [try Single(plan), try Single(plan)]
    singles[1].denoiser.options = options
    var numbers = TestNumbers(seed: 5)
    let hop = group.hop
    var output = [Float](repeating: 0, count: 2 * hop)
    for step in 0..<12 {
      if step == 6 {
        group.remove(1)
        let again = group.add()
        #expect(again == 1)
        singles[1] = try Single(plan)
      }
      let samples = numbers.floats(2 * hop)
      var span = output.mutableSpan
      group.process(signals.span, samples.span, into: &span)
      for (place, single) in singles.enumerated() {
        let range = place * hop..<(place + 1) * hop
        #expect(Array(output[range]) == single.process(Array(samples[range])))
      }
    }
  }

  private func setForeign(_ state: SignalState) throws {
    var group = try DenoiserGroup(Plan(EmbeddedModel.denoiser.network), capacity: 1)
    _ = group.add()
    try group.setState(state, of: 0)
  }
}
