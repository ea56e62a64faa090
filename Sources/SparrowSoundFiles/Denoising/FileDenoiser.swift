public import Sparrow
import SparrowAudio

/// Denoises sound files, block by block, in memory that does not grow with their length.
public struct FileDenoiser: Sendable {
  private let plan: Plan
  private let frontEnd: SpectralFrontEnd

  public init(_ plan: Plan, frontEnd: SpectralFrontEnd) {
    self.plan = plan
    self.frontEnd = frontEnd
  }

  /// Reads `input`, and writes as many samples of as many channels at the same rate to `output`, aligned
  /// with what was read.
  ///
  /// Sound at another rate than the network's is resampled on its way in and back on its way out;
  /// channels share the plan, and each has a state of its own.
  ///
  /// - Parameters:
  ///   - reference: the clean sound, to compare input and output with.
  ///   - progress: told the share that is done, from 0 to 1, where the file says how long it is.
  /// - Throws: `SoundFileError`, `ResamplingError` or ``ReferenceError``; there is no output then.
  public func denoise(
    _ input: String, to output: String, reference: String? = nil,
    progress: (Double) -> Void = { _ in }
  ) throws -> DenoisingReport {
    let start = ContinuousClock.now
    var reader = try SoundReader(path: input)
    var comparison = try reference.map { try Comparison(path: $0, with: reader, at: input) }
    var writer = try SoundWriter(
      path: output, sampleRate: reader.sampleRate, channelCount: reader.channelCount,
      sampleFormat: reader.sampleFormat)
    var channels = try Channels(
      plan, frontEnd, count: reader.channelCount, sampleRate: reader.sampleRate)

    // Half a second or so: short enough to stay in the cache, long enough to forget the overhead.
    let blockLength = max(1024, reader.sampleRate / 2)
    var block: [[Float]] = []
    var clean = channels.empty
    var frames = 0
    while true {
      let count = try reader.read(upTo: blockLength, into: &block)
      if count == 0 { break }
      frames += count
      try comparison?.add(input: block, count: count)
      channels.process(block, into: &clean)
      try comparison?.add(output: clean)
      try writer.write(clean)
      if let total = reader.frameCount, total > 0 { progress(Double(frames) / Double(total)) }
    }
    channels.finish(frames: frames, into: &clean)
    try comparison?.add(output: clean)
    try comparison?.finish(frames: frames)
    try writer.write(clean)
    let clipped = writer.clippedSampleCount
    try writer.finish()

    var report = DenoisingReport(
      input: input, output: output, frontEnd: frontEnd,
      seconds: Double(frames) / Double(reader.sampleRate), elapsed: ContinuousClock.now - start,
      channels: channels.denoisers)
    report.clippedSamples = clipped
    report.siSnrInDb = comparison?.before
    report.siSnrOutDb = comparison?.after
    return report
  }
}

/// The channels of a file, and the way to the network's rate and back.
private struct Channels: ~Copyable {
  let denoisers: [ChannelDenoiser]
  private var there: Resampler
  private var back: Resampler
  /// Whether the file has another rate than the network.
  private let resamples: Bool
  private var given = 0
  private var slow: [[Float]]
  private var cleanSlow: [[Float]]

  init(_ plan: Plan, _ frontEnd: SpectralFrontEnd, count: Int, sampleRate: Int) throws {
    let rate = frontEnd.sampleRate
    let there = try Resampler(from: sampleRate, to: rate, channelCount: count)
    let back = try Resampler(from: rate, to: sampleRate, channelCount: count)
    self.there = there
    self.back = back
    resamples = sampleRate != rate
    denoisers = (0..<count).map { _ in ChannelDenoiser(plan, frontEnd: frontEnd) }
    slow = Array(repeating: [], count: count)
    cleanSlow = slow
  }

  var empty: [[Float]] { Array(repeating: [], count: denoisers.count) }

  /// Replaces `output` by what is complete once `block` has come in.
  mutating func process(_ block: [[Float]], into output: inout [[Float]]) {
    clear(&output)
    guard resamples else {
      for (channel, denoiser) in denoisers.enumerated() {
        denoiser.process(block[channel], into: &output[channel])
      }
      given += output[0].count
      return
    }
    clear(&slow)
    there.process(block, into: &slow)
    clear(&cleanSlow)
    for (channel, denoiser) in denoisers.enumerated() {
      denoiser.process(slow[channel], into: &cleanSlow[channel])
    }
    back.process(cleanSlow, into: &output)
    given += output[0].count
  }

  /// Replaces `output` by the rest, so that `frames` have been given in all.
  mutating func finish(frames: Int, into output: inout [[Float]]) {
    clear(&output)
    if resamples {
      clear(&slow)
      there.flush(into: &slow)
      clear(&cleanSlow)
      for (channel, denoiser) in denoisers.enumerated() {
        denoiser.process(slow[channel], into: &cleanSlow[channel])
        denoiser.finish(into: &cleanSlow[channel])
      }
      back.process(cleanSlow, into: &output)
      back.flush(into: &output)
    } else {
      for (channel, denoiser) in denoisers.enumerated() { denoiser.finish(into: &output[channel]) }
    }
    // There and back again, a length is rounded twice.
    let rest = frames - given
    for channel in output.indices {
      if output[channel].count > rest { output[channel].removeLast(output[channel].count - rest) }
      while output[channel].count < rest { output[channel].append(0) }
    }
    given = frames
  }
}

/// Empties every channel, keeping its memory.
private func clear(_ block: inout [[Float]]) {
  for channel in block.indices { block[channel].removeAll(keepingCapacity: true) }
}

/// A reference that cannot be compared with.
public struct ReferenceError: Error, CustomStringConvertible {
  public let path: String
  public let reason: String

  public var description: String { "\(path): \(reason)" }
}

/// The clean sound beside what is denoised, read as it is needed.
private struct Comparison: ~Copyable {
  private let path: String
  private var reader: SoundReader
  private var inputs: [ScaleInvariantSNR]
  private var outputs: [ScaleInvariantSNR]
  private var block: [[Float]] = []
  /// Clean samples that the output has not come to yet.
  private var ahead: [[Float]]

  init(path: String, with input: borrowing SoundReader, at inputPath: String) throws {
    let reader = try SoundReader(path: path)
    let count = input.channelCount
    guard reader.sampleRate == input.sampleRate, reader.channelCount == count else {
      throw ReferenceError(
        path: path,
        reason: "the reference has \(reader.channelCount) channel(s) at \(reader.sampleRate) Hz, "
          + "and \(inputPath) has \(count) at \(input.sampleRate) Hz")
    }
    self.path = path
    self.reader = reader
    inputs = Array(repeating: ScaleInvariantSNR(), count: count)
    outputs = inputs
    ahead = Array(repeating: [], count: count)
  }

  mutating func add(input: [[Float]], count: Int) throws {
    let read = try reader.read(upTo: count, into: &block)
    guard read == count else {
      throw ReferenceError(path: path, reason: "the reference is shorter than the input")
    }
    for channel in inputs.indices {
      inputs[channel].add(input[channel], reference: block[channel])
      ahead[channel].append(contentsOf: block[channel])
    }
  }

  mutating func add(output: [[Float]]) throws {
    for channel in outputs.indices {
      let count = min(output[channel].count, ahead[channel].count)
      outputs[channel].add(output[channel], reference: ahead[channel])
      ahead[channel].removeFirst(count)
    }
  }

  /// Checks that the reference ends where the input does.
  mutating func finish(frames: Int) throws {
    guard try reader.read(upTo: 1, into: &block) == 0 else {
      throw ReferenceError(
        path: path, reason: "the reference is longer than the input's \(frames) frames")
    }
  }

  var before: Double { mean(inputs) }
  var after: Double { mean(outputs) }

  private func mean(_ ratios: [ScaleInvariantSNR]) -> Double {
    ratios.reduce(0) { $0 + $1.decibels } / Double(ratios.count)
  }
}
