import SparrowAudio
import SparrowModels
import TestSupport
import Testing

struct SpotterGroupTests {
  private final class Single {
    var spotter: Spotter

    init(_ plan: Plan, threshold: Float) throws {
      spotter = try Spotter(plan)
      spotter.threshold = threshold
    }
  }

  private struct Heard: Hashable {
    let signal: Int
    let word: Spotter.Detection
  }

  /// Signals of which some wait in every call, and some are muted: the same words as of single
  /// spotters, and the same states.
  @Test(arguments: InstructionSet.supported)
  func agreesWithSpotters(_ set: InstructionSet) throws {
    let plan = Plan(EmbeddedModel.keywords.network, instructionSet: set)
    // So low that noise is heard as words.
    let threshold: Float = 1e-6
    var group = try SpotterGroup(plan, capacity: 20)
    let singles = try (0..<10).map { _ in try Single(plan, threshold: threshold) }
    let indices = singles.indices.compactMap { _ in group.add() }
    #expect(indices == Array(singles.indices))
    for index in indices { group.setThreshold(threshold, of: index) }
    var numbers = TestNumbers(seed: 3)
    let hop = group.hop
    var (found, expected) = (Set<Heard>(), Set<Heard>())
    for call in 0..<44 {
      let signals = Array(singles.indices).shuffled(using: &numbers).filter { _ in
        numbers.next() % 4 > 0
      }
      var samples: [Float] = []
      for signal in signals {
        // Some signals are digital silence for longer than the half second that resets them.
        let isMuted = signal % 3 == 0 && call < 38
        samples += isMuted ? [Float](repeating: 0, count: hop) : numbers.floats(hop, in: -0.3...0.3)
      }
      group.process(signals.span, samples.span) { place, word in
        found.insert(Heard(signal: signals[place], word: word))
      }
      for (place, signal) in signals.enumerated() {
        let samples = Array(samples[(place * hop)..<((place + 1) * hop)])
        if let word = singles[signal].spotter.process(samples.span) {
          expected.insert(Heard(signal: signal, word: word))
        }
      }
    }
    #expect(found == expected)
    #expect(!expected.isEmpty)
    for (index, single) in singles.enumerated() {
      let state = group.state(of: index)
      #expect(state == single.spotter.state)
    }
  }

  /// Noise is heard as words in the signal whose threshold says so, and not by its successor.
  @Test func signalsHaveThresholds() throws {
    var group = try SpotterGroup(Plan(EmbeddedModel.keywords.network), capacity: 2)
    let signals = [group.add()!, group.add()!]
    group.setThreshold(1e-6, of: 1)
    var numbers = TestNumbers(seed: 3)
    var heard = [0, 0]
    for step in 0..<80 {
      if step == 40 {
        #expect(heard[0] == 0 && heard[1] > 0)
        group.remove(1)
        let again = group.add()
        #expect(again == 1)
        heard = [0, 0]
      }
      let samples = numbers.floats(2 * group.hop, in: -0.3...0.3)
      group.process(signals.span, samples.span) { place, _ in heard[place] += 1 }
    }
    #expect(heard == [0, 0])
  }

  /// A signal that leaves goes on elsewhere, and whoever gets its index begins anew.
  @Test func signalsMove() throws {
    let plan = Plan(EmbeddedModel.keywords.network)
    var group = try SpotterGroup(plan, capacity: 1)
    _ = group.add()
    let full = group.add()
    #expect(full == nil)
    var spotter = try Spotter(plan)
    var numbers = TestNumbers(seed: 4)
    let first = [0]
    for _ in 0..<5 {
      let samples = numbers.floats(group.hop)
      group.process(first.span, samples.span) { _, _ in }
      _ = spotter.process(samples.span)
    }
    spotter.state = group.state(of: 0)
    let again = spotter.state
    try group.setState(again, of: 0)
    let same = group.state(of: 0)
    #expect(same == again)
    group.reset(0)
    let (fresh, beginning) = (group.state(of: 0), try Spotter(plan).state)
    #expect(fresh == beginning)
    #expect(throws: FrontEndError.self) {
      _ = try SpotterGroup(Plan(EmbeddedModel.denoiser.network), capacity: 1).count
    }
  }
}
