public import Sparrow
public import SparrowAudio
import SparrowFiles

/// Denoises sound files, block by block, in constant memory.
public struct FileDenoiser: Sendable {
  private let plan: Plan
  private let sampleRate: Int
  private let latency: Double
  private let options: DenoisingOptions
  private let hop: Int
  /// Whether reports say where there is speech.
  public var measuresVoiceActivity = false

  /// A denoiser for files.
  ///
  /// - Throws: `FrontEndError` for a plan of a network that is no denoiser.
  public init(_ plan: Plan, options: DenoisingOptions = .init()) throws(FrontEndError) {
    let transform = try ShortTimeTransform(of: plan)
    sampleRate = transform.sampleRate
    latency = Double(transform.window) / Double(sampleRate)
    hop = transform.hop
    self.plan = plan
    self.options = options
  }

  /// Denoises a file. The output has the sample rate, channels and length of the input, and is
  /// aligned with it.
  ///
  /// Sound of another rate than the network's is resampled before and after, and what is above the
  /// network's band stays, with a gain that follows the network's upper bins; see
  /// `StreamingDenoiser`. Channels share the plan, and each has its own state. A truncated or
  /// damaged file is decoded as far as possible, and the report says so.
  ///
  /// - Parameters:
  ///   - input: The file to read.
  ///   - output: The file to write, WAV or FLAC by its extension.
  ///   - reference: The clean sound, for the SI-SNR of input and output; nil for none.
  ///   - strict: Whether a truncated or damaged file is an error.
  ///   - progress: Called with the completed fraction, from 0 to 1, if the length is known.
  /// - Throws: `SoundFileError`, `ResamplingError` or ``ReferenceError``; then there is no output.
  public func denoise(
    _ input: String, to output: String, reference: String? = nil, strict: Bool = false,
    progress: (Double) -> Void = { _ in }
  ) throws -> DenoisingReport {
    try denoise(
      .file(input), to: .file(output), reference: reference, strict: strict, progress: progress)
  }

  /// The same for pipes.
  package func denoise(
    _ source: SoundSource, to target: SoundTarget, reference: String? = nil, strict: Bool = false,
    progress: (Double) -> Void = { _ in }
  ) throws -> DenoisingReport {
    let start = ContinuousClock.now
    var reader = try source.open(networkRate: sampleRate, strict: strict)
    var comparison = try reference.map {
      try ReferenceComparison(path: $0, with: reader, at: source.name)
    }
    let channels = try DenoisedChannels(
      plan, options, count: reader.channelCount, sampleRate: reader.sampleRate,
      measuresVoiceActivity: measuresVoiceActivity)
    let writer = try target.open(for: reader)

    let blockLength = reader.blockLength
    var block: [[Float]] = []
    var clean = channels.empty
    var frames = 0
    while true {
      let count = try reader.readAvailable(upTo: blockLength, into: &block)
      if count == 0 { break }
      frames += count
      try comparison?.add(input: block, count: count)
      channels.process(block, into: &clean)
      try comparison?.add(output: clean)
      try writer.write(clean)
      if let total = reader.frameCount, total > 0 { progress(Double(frames) / Double(total)) }
    }
    channels.finish(into: &clean)
    try comparison?.add(output: clean)
    try comparison?.finish(frames: frames)
    try writer.write(clean)
    try writer.finish()

    var report = DenoisingReport(
      input: source.name, output: target.name, latency: latency,
      seconds: Double(frames) / Double(reader.sampleRate), elapsed: ContinuousClock.now - start,
      channels: channels.denoisers)
    if measuresVoiceActivity {
      // A frame is complete with its last hop; its centre is half a window before.
      let interval = Double(hop) / Double(sampleRate)
      report.voiceActivity = VoiceActivity(
        channels: channels.denoisers.map(\.voiceActivity), first: interval - latency / 2,
        interval: interval, duration: report.seconds)
    }
    report.clippedSamples = writer.clippedSampleCount
    report.inputSISNR = comparison?.before
    report.outputSISNR = comparison?.after
    report.damage = reader.damage?.description
    report.notes = writer.omissions.map {
      "\(target.name.readable): left out, as the format cannot hold it: \($0)"
    }
    if let note = reader.leftOverNote { report.notes.append(note) }
    return report
  }
}

extension SoundReader {
  /// Half a second or so, long enough to forget the overhead, and in all channels no more than 1
  /// MiB: a header may say any rate and any number of channels.
  var blockLength: Int {
    max(min(max(1024, sampleRate / 2), (1 << 18) / channelCount), 64)
  }
}
