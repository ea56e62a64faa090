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
  private final class Stream {
    var denoiser: Denoiser
    init(_ plan: Plan) throws { denoiser = try Denoiser(plan) }
  }
  private let denoisers: [Stream]
  private let period: Duration
  private let hop: Int

  init(_ count: Int, _ plan: Plan) throws {
    let frontEnd = EmbeddedModel.denoiser.network.spectralFrontEnd!
    denoisers = try (0..<count).map { _ in try Stream(plan) }
    hop = frontEnd.hop
    period = .seconds(Double(frontEnd.hop) / Double(frontEnd.sampleRate))
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
    var samples = [Float](repeating: 0, count: hop)
    var output = samples
    var random: UInt32 = 1
    let clock = ContinuousClock()
    let start = clock.now
    let busyStart = threadTime()
    let ticks = Int(seconds / (period / .seconds(1)))
    var tick = 0
    while tick < ticks {
      let arrival = start + period * tick
      let early = clock.now.duration(to: arrival)
      if early > .zero { Thread.sleep(forTimeInterval: early / .seconds(1)) }
      for i in samples.indices {
        random = random &* 1_664_525 &+ 1_013_904_223
        samples[i] = (Float(random >> 8) / Float(1 << 24) - 0.5) * 0.2
      }
      for i in denoisers.indices {
        var span = output.mutableSpan
        denoisers[i].denoiser.process(samples.span, into: &span)
        let latency = arrival.duration(to: clock.now)
        result.latencies.add(latency)
        if latency > period { result.missed += 1 }
      }
      result.hops += denoisers.count
      tick += 1
      let behind = Int(start.duration(to: clock.now) / period) - tick
      if behind > 1 {
        let skipped = min(behind, ticks - tick)
        result.hops += skipped * denoisers.count
        result.missed += skipped * denoisers.count
        tick += skipped
      }
    }
    result.busy = threadTime() - busyStart
    result.elapsed = start.duration(to: clock.now)
    return result
  }
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
