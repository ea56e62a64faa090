public import Sparrow
public import SparrowAudio
import SparrowFiles
import Synchronization

/// Denoises sound files, block by block, in constant memory.
public struct FileDenoiser: Sendable {
  private let networks: Networks
  /// The rate of raw samples that come without one.
  private let rawSampleRate: Int
  private let options: DenoisingOptions
  /// Whether reports say where there is speech.
  public var measuresVoiceActivity = false

  /// A denoiser for files, of one network.
  ///
  /// - Throws: `FrontEndError` for a plan of a network that is no denoiser.
  public init(_ plan: Plan, options: DenoisingOptions = .init()) throws(FrontEndError) {
    rawSampleRate = try ShortTimeTransform(of: plan).sampleRate
    networks = Networks { _ in plan }
    self.options = options
  }

  /// A denoiser for files whose network depends on the sample rate of the file:
  ///
  ///     FileDenoiser { Plan(EmbeddedModel.denoiser(sampleRate: $0).network) }
  ///
  /// - Parameters:
  ///   - options: How far it goes.
  ///   - plan: Gives the plan for a sample rate; called once for each rate.
  public init(
    options: DenoisingOptions = .init(),
    plan: @escaping @Sendable (_ sampleRate: Int) throws -> Plan
  ) {
    rawSampleRate = 16_000
    networks = Networks(plan)
    self.options = options
  }

  /// The networks by the sample rates of files.
  private final class Networks: Sendable {
    private let make: @Sendable (Int) throws -> Plan
    private let made = Mutex<[Int: Plan]>([:])

    init(_ make: @escaping @Sendable (Int) throws -> Plan) { self.make = make }

    func plan(sampleRate: Int) throws -> Plan {
      try made.withLock { made in
        if let plan = made[sampleRate] { return plan }
        let plan = try make(sampleRate)
        made[sampleRate] = plan
        return plan
      }
    }
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
    var reader = try source.open(networkRate: rawSampleRate, strict: strict)
    let plan = try networks.plan(sampleRate: reader.sampleRate)
    let transform = try ShortTimeTransform(of: plan)
    let (window, interval) = (transform.windowSeconds, transform.hopSeconds)
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
      input: source.name, output: target.name, latency: window,
      seconds: Double(frames) / Double(reader.sampleRate), elapsed: ContinuousClock.now - start,
      channels: channels.denoisers)
    if measuresVoiceActivity {
      // A frame is complete with its last hop; its centre is half a window before.
      report.voiceActivity = VoiceActivity(
        channels: channels.denoisers.map(\.voiceActivity), first: interval - window / 2,
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

extension ShortTimeTransform {
  fileprivate var windowSeconds: Double { Double(window) / Double(sampleRate) }
  fileprivate var hopSeconds: Double { Double(hop) / Double(sampleRate) }
}

extension SoundReader {
  /// Half a second or so, long enough to forget the overhead, and in all channels no more than 1
  /// MiB: a header may say any rate and any number of channels.
  var blockLength: Int {
    max(min(max(1024, sampleRate / 2), (1 << 18) / channelCount), 64)
  }
}
