import ArgumentParser
import Sparrow
import SparrowAudio
import SparrowModels

/// The time of a hop of the embedded denoiser, one signal at a time and in groups.
struct GroupBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "groups",
    abstract: "Time a hop of the denoiser by itself and in groups of 8, 16 and 32, one thread.")

  @Option(help: "Rounds; the best of them counts.") var rounds = 60

  func run() throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    let hop = try Denoiser(plan).hop
    var best: [Int: Double] = [:]
    let singles = try (0..<32).map { _ in try Single(plan) }
    let groups = try [8, 16, 32].map { try Group(plan, signals: $0, hop: hop) }
    let noise = (0..<32 * hop).map { _ in Float.random(in: -0.1...0.1) }
    // In turn, so that the processor's other work meets all alike.
    for _ in 0..<rounds {
      for single in singles { single.process(Array(noise[..<hop])) }
      let time = microseconds { for single in singles { single.process(Array(noise[..<hop])) } }
      best[1] = min(best[1] ?? .infinity, time / Double(singles.count))
      for group in groups {
        let samples = Array(noise[..<(group.indices.count * hop)])
        group.process(samples)
        let time = microseconds { group.process(samples) } / Double(group.indices.count)
        best[group.indices.count] = min(best[group.indices.count] ?? .infinity, time)
      }
    }
    let single = best[1] ?? 0
    print("\(plan.instructionSet.name): µs for a hop of one signal, best of \(rounds)")
    for (count, time) in best.sorted(by: { $0.key < $1.key }) {
      print(
        count == 1
          ? "by itself \(formatted(time, 1))"
          : "in a group of \(count) \(formatted(time, 1)), "
            + "\(formatted(single / time, 1)) times as fast"
      )
    }
  }

  private func microseconds(_ body: () -> Void) -> Double {
    ContinuousClock().measure(body) / .microseconds(1)
  }

  private final class Single {
    private var denoiser: Denoiser

    init(_ plan: Plan) throws { denoiser = try Denoiser(plan) }

    func process(_ samples: [Float]) {
      var output = samples
      var span = output.mutableSpan
      denoiser.process(samples.span, into: &span)
    }
  }

  private final class Group {
    private var group: DenoiserGroup
    let indices: [Int]

    init(_ plan: Plan, signals: Int, hop: Int) throws {
      var group = try DenoiserGroup(plan, capacity: signals)
      var indices: [Int] = []
      for _ in 0..<signals { if let index = group.add() { indices.append(index) } }
      self.group = group
      self.indices = indices
    }

    func process(_ samples: [Float]) {
      let signals = indices
      var output = samples
      var span = output.mutableSpan
      group.process(signals.span, samples.span, into: &span)
    }
  }
}
