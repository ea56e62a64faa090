import ArgumentParser
import Foundation
import Sparrow
import SparrowAudio
import SparrowModels
import SparrowSoundFiles

/// Many denoisers against the clock: in one thread, and in many processes.
struct LoadBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Run many denoisers in real time, and count the hops that miss their deadlines.",
    discussion: """
      Every stream gets a hop of noise each hop's time, and has until the next one comes. A thread \
      that is more than a hop behind leaves hops out, all of which count as missed.
      """)

  @Option(help: "Streams in one thread; may be given more than once.")
  var streams: [Int] = [100, 300, 1000]

  @Option(help: "Streams in one thread, in groups; may be given more than once.")
  var grouped: [Int] = [1000, 2000]

  @Option(help: "Streams in a group.")
  var groupSize = 256

  @Option(help: "Processes with one stream each.")
  var processes = 200

  @Option(help: "Seconds for each number of streams.")
  var seconds = 10.0

  @Flag(help: .hidden)
  var isChild = false

  func run() throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    if isChild {
      let result = try RealTimeStreams(1, plan).run(seconds: seconds)
      print(
        result.hops, result.missed, result.latencies.quantile(0.5), result.latencies.quantile(0.99))
      return
    }
    for count in streams {
      let result = try RealTimeStreams(count, plan).run(seconds: seconds)
      print("\(count) streams in a thread: \(result)")
    }
    for count in grouped {
      let result = try RealTimeStreams(count, plan, groupSize: groupSize).run(seconds: seconds)
      print("\(count) streams in a thread, in groups of \(groupSize): \(result)")
    }
    try runProcesses()
  }

  private func runProcesses() throws {
    var children: [(process: Process, output: Pipe)] = []
    for _ in 0..<processes {
      let process = Process()
      process.executableURL = Bundle.main.executableURL
      process.arguments = ["load", "--is-child", "--seconds", "\(seconds)"]
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      children.append((process, output))
    }
    Thread.sleep(forTimeInterval: seconds / 2)
    let memory = children.map { proportionalKilobytes(of: $0.process.processIdentifier) }
    var hops = 0.0
    var missed = 0.0
    var medians: [Double] = []
    var tails: [Double] = []
    for (process, output) in children {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let numbers = text.split(separator: " ").compactMap {
        Double($0.trimmingCharacters(in: .newlines))
      }
      guard process.terminationStatus == 0, numbers.count == 4 else {
        throw LoadFailure(reason: "a process ended with status \(process.terminationStatus)")
      }
      hops += numbers[0]
      missed += numbers[1]
      medians.append(numbers[2])
      tails.append(numbers[3])
    }
    guard processes > 0 else { return }
    medians.sort()
    tails.sort()
    print(
      "\(processes) processes with a stream each: \(Int(hops)) hops, "
        + "\(percent(missed / hops)) missed; "
        + "latency \(Int(medians[processes / 2])) µs (median of medians), "
        + "\(Int(tails[processes / 2])) µs (median of 99th percentiles), "
        + "\(Int(tails[processes - 1])) µs (worst of them); memory "
        + "\(memory.reduce(0, +) / 1024) MB in all, shared pages counted once")
  }
}

private struct LoadFailure: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}

/// Streams that one thread serves in turn, each hop's time.
private struct RealTimeStreams {
  /// Streams that are served by one call, and their input, which is noise.
  private protocol Server: AnyObject {
    var count: Int { get }
    /// A hop of each stream.
    func process()
  }

  private final class Single: Server {
    private var denoiser: Denoiser
    private let samples: [Float]
    private var output: [Float]
    var count: Int { 1 }

    init(_ plan: Plan) throws {
      denoiser = try Denoiser(plan)
      samples = noise(denoiser.hop)
      output = samples
    }

    func process() { write(samples, into: &output) }

    private func write(_ samples: [Float], into output: inout [Float]) {
      var span = output.mutableSpan
      denoiser.process(samples.span, into: &span)
    }
  }

  private final class Group: Server {
    private var group: DenoiserGroup
    private let signals: [Int]
    private let samples: [Float]
    private var output: [Float]
    var count: Int { signals.count }

    init(_ plan: Plan, _ count: Int) throws {
      var group = try DenoiserGroup(plan, capacity: count)
      signals = (0..<count).compactMap { _ in group.add() }
      samples = noise(count * group.hop)
      output = samples
      self.group = group
    }

    func process() { write(signals, samples, into: &output) }

    private func write(_ signals: [Int], _ samples: [Float], into output: inout [Float]) {
      var span = output.mutableSpan
      group.process(signals.span, samples.span, into: &span)
    }
  }

  private let servers: [any Server]
  private let period: Duration

  /// - Parameter groupSize: nil for streams one by one.
  init(_ count: Int, _ plan: Plan, groupSize: Int? = nil) throws {
    let frontEnd = EmbeddedModel.denoiser.network.spectralFrontEnd!
    period = .seconds(Double(frontEnd.hop) / Double(frontEnd.sampleRate))
    if let groupSize {
      servers = try stride(from: 0, to: count, by: groupSize).map {
        try Group(plan, min(groupSize, count - $0))
      }
    } else {
      servers = try (0..<count).map { _ in try Single(plan) }
    }
  }

  struct Result: CustomStringConvertible {
    var hops = 0
    var missed = 0
    /// From a hop's arrival to its output.
    var latencies = StepTimes()
    var busy = Duration.zero
    var elapsed = Duration.zero
    var served: Int { latencies.count }

    var description: String {
      let mean = busy / max(served, 1)
      return
        "\(hops) hops, \(percent(Double(missed) / Double(max(hops, 1)))) missed; latency "
        + "\(Int(latencies.quantile(0.5))) µs (median), "
        + "\(Int(latencies.quantile(0.99))) µs (99 %), "
        + "\(Int(latencies.quantile(0.9999))) µs (99.99 %); \(mean / .microseconds(1)) µs of "
        + "processor a hop, busy for \(percent(busy / elapsed)) of the time"
    }
  }

  func run(seconds: Double) -> Result {
    var result = Result()
    let count = servers.reduce(0) { $0 + $1.count }
    let clock = ContinuousClock()
    let start = clock.now
    let busyStart = threadTime()
    let ticks = Int(seconds / (period / .seconds(1)))
    var tick = 0
    while tick < ticks {
      let arrival = start + period * tick
      let early = clock.now.duration(to: arrival)
      if early > .zero { Thread.sleep(forTimeInterval: early / .seconds(1)) }
      for server in servers {
        server.process()
        let latency = arrival.duration(to: clock.now)
        result.latencies.add(latency, count: server.count)
        if latency > period { result.missed += server.count }
      }
      result.hops += count
      tick += 1
      let behind = Int(start.duration(to: clock.now) / period) - tick
      if behind > 1 {
        let skipped = min(behind, ticks - tick)
        result.hops += skipped * count
        result.missed += skipped * count
        tick += skipped
      }
    }
    result.busy = threadTime() - busyStart
    result.elapsed = start.duration(to: clock.now)
    return result
  }
}

private func noise(_ count: Int) -> [Float] {
  (0..<count).map { _ in Float.random(in: -0.1...0.1) }
}

private func percent(_ share: Double) -> String { String(format: "%.3f %%", 100 * share) }

/// Processor time of this thread.
private func threadTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(Int(time.tv_sec)) + .nanoseconds(Int(time.tv_nsec))
}

/// A process's memory, with its part of pages that it shares; 0 where the system does not say.
private func proportionalKilobytes(of process: Int32) -> Int {
  guard
    let text = try? String(contentsOfFile: "/proc/\(process)/smaps_rollup", encoding: .utf8),
    let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Pss:") })
  else { return 0 }
  return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
}
