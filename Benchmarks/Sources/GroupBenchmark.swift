import ArgumentParser
import Foundation
import Sparrow
import SparrowAudio
import SparrowModels

/// The time of a hop of the embedded denoiser and of the embedded spotter, one signal at a time and
/// in groups.
struct GroupBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "groups",
    abstract:
      "Time a hop of denoiser and spotter, single and in groups of 8, 16 and 32, one thread.")

  @Option(help: "Rounds; the best of them counts.") var rounds = 60

  @Option(help: "A model file, whose network's steps are timed instead.") var model: String?

  @Option(help: "The instruction set (default: the best).") var instructionSet: String?

  private static let sizes = [8, 16, 32]

  func run() throws {
    let set = InstructionSet.all.first { "\($0.name)" == instructionSet } ?? .best
    if let model {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: model)))
      let plan = Plan(try Network(modelFile: bytes), instructionSet: set)
      print("\(plan.instructionSet.name): µs for a step of one stream, best of \(rounds)")
      report(
        "network",
        [SingleStreams(plan)] + Self.sizes.map { GroupedStreams(plan, streams: $0) })
      return
    }
    let denoiser = Plan(EmbeddedModel.denoiser.network, instructionSet: set)
    print("\(denoiser.instructionSet.name): µs for a hop of one signal, best of \(rounds)")
    report(
      "denoiser",
      try [SingleDenoisers(denoiser)]
        + Self.sizes.map {
          try GroupedDenoisers(denoiser, signals: $0)
        })
    let spotter = Plan(EmbeddedModel.keywords.network, instructionSet: set)
    report(
      "spotter",
      try [SingleSpotters(spotter)]
        + Self.sizes.map {
          try GroupedSpotters(spotter, signals: $0)
        })
  }

  /// - Parameter contestants: Single signals, then groups.
  private func report(_ name: String, _ contestants: [any Contestant]) {
    var best = [Double](repeating: .infinity, count: contestants.count)
    let noise = contestants.map { contestant in
      (0..<contestant.count * contestant.hop).map { _ in Float.random(in: -0.1...0.1) }
    }
    // In turn, so that the processor's other work meets all alike.
    for _ in 0..<rounds {
      for (index, contestant) in contestants.enumerated() {
        contestant.process(noise[index])
        let time = ContinuousClock().measure { contestant.process(noise[index]) }
        best[index] = min(best[index], time / .microseconds(1) / Double(contestant.count))
      }
    }
    print("\(name) by itself \(formatted(best[0], 1))")
    for (contestant, time) in zip(contestants, best).dropFirst() {
      print(
        "\(name) in a group of \(contestant.count) \(formatted(time, 1)), "
          + "\(formatted(best[0] / time, 1)) times as fast")
    }
  }
}

/// Signals that take a hop each.
private protocol Contestant: AnyObject {
  var count: Int { get }
  var hop: Int { get }
  /// - Parameter samples: A hop of each, one after the other.
  func process(_ samples: [Float])
}

private final class SingleDenoisers: Contestant {
  private final class Signal {
    var denoiser: Denoiser
    init(_ plan: Plan) throws { denoiser = try Denoiser(plan) }
  }
  private let signals: [Signal]
  let hop: Int
  private var output: [Float]
  var count: Int { signals.count }

  init(_ plan: Plan) throws {
    signals = try (0..<32).map { _ in try Signal(plan) }
    hop = signals[0].denoiser.hop
    output = [Float](repeating: 0, count: hop)
  }

  func process(_ samples: [Float]) {
    var span = output.mutableSpan
    for (index, signal) in signals.enumerated() {
      signal.denoiser.process(samples.span.extracting(index * hop..<(index + 1) * hop), into: &span)
    }
  }
}

private final class GroupedDenoisers: Contestant {
  private var group: DenoiserGroup
  private let signals: [Int]
  let hop: Int
  private var output: [Float]
  var count: Int { signals.count }

  init(_ plan: Plan, signals count: Int) throws {
    var group = try DenoiserGroup(plan, capacity: count)
    signals = (0..<count).map { _ in group.add()! }
    hop = group.hop
    self.group = group
    output = [Float](repeating: 0, count: count * hop)
  }

  func process(_ samples: [Float]) {
    let signals = signals
    var span = output.mutableSpan
    group.process(signals.span, samples.span, into: &span)
  }
}

private final class SingleSpotters: Contestant {
  private final class Signal {
    var spotter: Spotter
    init(_ plan: Plan) throws { spotter = try Spotter(plan) }
  }
  private let signals: [Signal]
  let hop: Int
  var count: Int { signals.count }

  init(_ plan: Plan) throws {
    signals = try (0..<32).map { _ in try Signal(plan) }
    hop = signals[0].spotter.hop
  }

  func process(_ samples: [Float]) {
    for (index, signal) in signals.enumerated() {
      _ = signal.spotter.process(samples.span.extracting(index * hop..<(index + 1) * hop))
    }
  }
}

private final class GroupedSpotters: Contestant {
  private var group: SpotterGroup
  private let signals: [Int]
  let hop: Int
  var count: Int { signals.count }

  init(_ plan: Plan, signals count: Int) throws {
    var group = try SpotterGroup(plan, capacity: count)
    signals = (0..<count).map { _ in group.add()! }
    hop = group.hop
    self.group = group
  }

  func process(_ samples: [Float]) {
    let signals = signals
    group.process(signals.span, samples.span) { _, _ in }
  }
}

private final class SingleStreams: Contestant {
  private final class Signal {
    var stream: NetworkStream
    init(_ plan: Plan) { stream = NetworkStream(plan) }
  }
  private let signals: [Signal]
  let hop: Int
  private var output: [Float]
  var count: Int { signals.count }

  init(_ plan: Plan) {
    signals = (0..<32).map { _ in Signal(plan) }
    hop = plan.inputWidth
    output = [Float](repeating: 0, count: plan.outputWidth)
  }

  func process(_ samples: [Float]) {
    var span = output.mutableSpan
    for (index, signal) in signals.enumerated() {
      signal.stream.step(samples.span.extracting(index * hop..<(index + 1) * hop), into: &span)
    }
  }
}

private final class GroupedStreams: Contestant {
  private var group: StreamGroup
  private let signals: [Int]
  let hop: Int
  private var output: [Float]
  var count: Int { signals.count }

  init(_ plan: Plan, streams count: Int) {
    var group = StreamGroup(plan, capacity: count)
    signals = (0..<count).map { _ in group.add()! }
    hop = plan.inputWidth
    self.group = group
    output = [Float](repeating: 0, count: count * plan.outputWidth)
  }

  func process(_ samples: [Float]) {
    let signals = signals
    var span = output.mutableSpan
    group.step(signals.span, samples.span, into: &span)
  }
}
