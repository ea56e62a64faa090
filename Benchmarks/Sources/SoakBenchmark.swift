import ArgumentParser
import Foundation
import Sparrow
import SparrowAudio
import SparrowModels
import SparrowSoundFiles
import SparrowText

/// Hours of sound and of text through one stream, to see what grows, drifts or slows down.
struct SoakBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Run the embedded networks for hours of sound, and compare with fresh streams.",
    discussion: """
      The sound is noise with bursts of tones, silence and full-scale clipping, as decided by a \
      seed. At the end of each hour a fresh stream gets the hour's last minute, and its last ten \
      seconds are compared with those of the stream that has run all along.
      """)

  @Option(help: "Hours of sound for the denoiser and the spotter.")
  var hours = 24

  @Option(help: "Words for the language model.")
  var words = 1_000_000

  func run() throws {
    let start = residentMegabytes()
    print("memory at the start: \(start) MB")
    try report("denoiser", soak(DenoiserSoak()))
    try report("spotter", soak(SpotterSoak()))
    try soakLanguage()
    print("memory at the end: \(residentMegabytes()) MB")
  }

  private func soak(_ stream: some SoakedStream) throws -> SoakResult {
    var soak = SoundSoak(hours: hours, stream: stream)
    return try soak.run()
  }

  private func report(_ name: String, _ result: SoakResult) throws {
    print(
      "\(name): \(hours) h in \(Int(result.seconds)) s; step "
        + "\(text(result.times.quantile(0.5))) µs (median), "
        + "\(text(result.times.quantile(0.99))) (99 %), "
        + "\(text(result.times.quantile(0.9999))) (99.99 %); "
        + "largest difference from a fresh stream \(result.drift); first hour's mean square "
        + "\(result.firstPower), last hour's \(result.lastPower); "
        + "\(result.notFinite) values not finite; "
        + "memory grew by \(result.growth) MB")
    guard result.notFinite == 0 else { throw SoakFailure(reason: "\(name): values are not finite") }
    guard result.growth <= 4 else { throw SoakFailure(reason: "\(name): memory grows") }
  }

  private func soakLanguage() throws {
    let network = EmbeddedModel.shakespeare.network
    let plan = try LanguagePlan(network, plan: Plan(network))
    var model = LanguageModel(plan)
    let count = Int32(network.languageFrontEnd!.words.count)
    let before = residentMegabytes()
    let start = ContinuousClock.now
    var times = StepTimes()
    var word: Int32 = 1
    var sum = 0.0
    for index in 0..<words {
      word = (word &* 1_103_515_245 &+ 12345 &+ Int32(index)) & Int32.max
      let stepStart = ContinuousClock.now
      model.read(word % count)
      times.add(ContinuousClock.now - stepStart)
      sum += model.logProbability(of: (word >> 8) % count)
    }
    print(
      "language model: \(words) words in "
        + "\((ContinuousClock.now - start).components.seconds) s; step "
        + "\(text(times.quantile(0.5))) µs (median), "
        + "\(text(times.quantile(0.99))) (99 %); mean log-probability "
        + "\(sum / Double(words)); memory grew by \(residentMegabytes() - before) MB")
    guard sum.isFinite else { throw SoakFailure(reason: "language model: values are not finite") }
  }

  private func text(_ microseconds: Double) -> String { String(format: "%.1f", microseconds) }
}

private struct SoakFailure: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}

/// A running stream that is fed hops and gives numbers.
private protocol SoakedStream {
  var hop: Int { get }
  var sampleRate: Int { get }
  /// A stream at its beginning.
  init() throws
  /// Takes a hop; gives what came of it.
  mutating func step(_ samples: [Float]) -> [Float]
}

private struct DenoiserSoak: SoakedStream {
  private static let plan = Plan(EmbeddedModel.denoiser.network)
  private static let frontEnd = EmbeddedModel.denoiser.network.spectralFrontEnd!
  private final class Box {
    var denoiser: Denoiser
    init(_ plan: Plan) throws { denoiser = try Denoiser(plan) }
  }
  private let box: Box
  private var output: [Float]

  init() throws {
    box = try Box(Self.plan)
    output = [Float](repeating: 0, count: Self.frontEnd.hop)
  }
  var hop: Int { Self.frontEnd.hop }
  var sampleRate: Int { Self.frontEnd.sampleRate }

  mutating func step(_ samples: [Float]) -> [Float] {
    let box = box
    var span = output.mutableSpan
    box.denoiser.process(samples.span, into: &span)
    return output
  }
}

private struct SpotterSoak: SoakedStream {
  private static let plan = Plan(EmbeddedModel.keywords.network)
  private static let frontEnd = EmbeddedModel.keywords.network.keywordFrontEnd!
  private final class Box {
    var spotter: Spotter
    init(_ plan: Plan) throws { spotter = try Spotter(plan) }
  }
  private let box: Box

  init() throws { box = try Box(Self.plan) }

  var hop: Int { Self.frontEnd.hop }
  var sampleRate: Int { Self.frontEnd.sampleRate }

  mutating func step(_ samples: [Float]) -> [Float] {
    _ = box.spotter.process(samples.span)
    return box.spotter.probabilities
  }
}

private struct SoundSoak<Stream: SoakedStream> {
  let hours: Int
  var stream: Stream

  mutating func run() throws -> SoakResult {
    var result = SoakResult()
    let start = ContinuousClock.now
    let hopsAnHour = 3600 * stream.sampleRate / stream.hop
    let minute = 60 * stream.sampleRate / stream.hop
    var sound = SoakSound(sampleRate: stream.sampleRate)
    var hop = [Float](repeating: 0, count: stream.hop)
    var memory = 0
    for hour in 0..<hours {
      var power = 0.0
      var fresh = try Stream()
      for index in 0..<hopsAnHour {
        sound.fill(&hop)
        let before = ContinuousClock.now
        let output = stream.step(hop)
        result.times.add(ContinuousClock.now - before)
        for value in output {
          if !value.isFinite { result.notFinite += 1 }
          power += Double(value) * Double(value)
        }
        guard index >= hopsAnHour - minute else { continue }
        let other = fresh.step(hop)
        guard index >= hopsAnHour - minute / 6 else { continue }
        for (a, b) in zip(output, other) { result.drift = max(result.drift, abs(a - b)) }
      }
      power /= Double(hopsAnHour * stream.hop)
      if hour == 0 {
        result.firstPower = power
        memory = residentMegabytes()
      }
      result.lastPower = power
    }
    result.growth = residentMegabytes() - memory
    result.seconds = Double((ContinuousClock.now - start).components.seconds)
    return result
  }
}

private struct SoakResult {
  var times = StepTimes()
  var seconds = 0.0
  var drift: Float = 0
  var firstPower = 0.0
  var lastPower = 0.0
  var notFinite = 0
  /// Megabytes from the end of the first hour to the end.
  var growth = 0
}

/// Noise whose level changes by the second, with tones, silence and clipping in between.
private struct SoakSound {
  let sampleRate: Int
  private var state: UInt64 = 1
  private var place = 0

  init(sampleRate: Int) { self.sampleRate = sampleRate }

  mutating func fill(_ hop: inout [Float]) {
    for i in hop.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(Int32(truncatingIfNeeded: state >> 32)) / 0x1p31
      let second = place / sampleRate
      let phase = Float(place % sampleRate) / Float(sampleRate)
      let tone = sin(2 * .pi * Float(150 + 37 * (second % 40)) * phase)
      switch second % 13 {
      case 0, 1: hop[i] = 0
      case 2: hop[i] = max(-1, min(1, 4 * noise))
      case 3, 4, 5: hop[i] = 0.01 * noise + 0.3 * tone
      default: hop[i] = 0.05 * noise + 0.1 * tone
      }
      place += 1
    }
  }
}

/// Memory that the process has in use; 0 where the system does not say.
private func residentMegabytes() -> Int {
  guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
    let kilobytes = line.split(separator: " ").compactMap({ Int($0) }).first
  else { return 0 }
  return kilobytes / 1024
}
