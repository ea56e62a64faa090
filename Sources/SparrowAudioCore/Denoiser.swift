public import SparrowCore

/// A network that cleans a signal, hop by hop: short-time transform, features, a step of the
/// network, mask, inverse transform.
///
/// A denoiser is a stream with ears: it takes a hop of samples and gives a hop, ``latency`` samples
/// later. Give every channel one of its own; they share the plan.
public struct Denoiser: ~Copyable {
  private let transform: ShortTimeTransform
  private var analysis: ShortTimeAnalysis
  private var features: SpectralFeatures
  private var stream: NetworkStream
  private var synthesis: ShortTimeSynthesis
  /// Real parts, imaginary parts, each of the transform's stride; then the network's frame, which
  /// becomes the mask.
  private let memory: UnsafeMutablePointer<Float>
  /// How far it goes; may be changed between hops.
  public var options: DenoisingOptions {
    didSet { (smallestMask, mixedShare) = Self.limits(options, transform.kernels) }
  }
  private var smallestMask: Float
  private var mixedShare: Float
  /// Whether ``voiceActivity`` is measured.
  public var measuresVoiceActivity = false
  /// The fraction of the amplitude between 200 and 4,000 Hz that the network leaves of the last
  /// frame, from 0 (only noise, or silence) to 1 (only speech), whatever the options.
  public private(set) var voiceActivity: Float = 0
  /// The bins that ``highBandGain`` is taken from; none by default.
  var highBandBins = 0..<0
  /// The gain of the last hop for sound above the network's band: the squared mean of the mask in
  /// ``highBandBins``, within the options.
  private(set) var highBandGain: Float = 0

  static func limits(
    _ options: DenoisingOptions, _ kernels: Kernels
  ) -> (smallestMask: Float, mix: Float) {
    precondition(
      (options.attenuationLimit ?? 0) >= 0 && (0...1).contains(options.mix),
      "a limit is at least 0 dB, and a mix from 0 to 1")
    return (options.smallestMask(kernels), options.mix)
  }

  /// A denoiser at the beginning of a signal.
  ///
  /// - Parameters:
  ///   - plan: of a denoiser's network, with its front end.
  ///   - options: how far it goes.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(_ plan: Plan, options: DenoisingOptions = .init()) throws(FrontEndError) {
    // The stream keeps the plan, and so the tables.
    try self.init(plan, ShortTimeTransform(of: plan), options: options)
  }

  private init(_ plan: Plan, _ transform: ShortTimeTransform, options: DenoisingOptions) {
    self.options = options
    (smallestMask, mixedShare) = Self.limits(options, transform.kernels)
    self.transform = transform
    analysis = ShortTimeAnalysis(transform)
    features = SpectralFeatures(transform)
    stream = NetworkStream(plan, workspaceCount: transform.workCount)
    synthesis = ShortTimeSynthesis(transform)
    let count = 2 * transform.stride + max(transform.stride, plan.inputWidth)
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
  }

  deinit { memory.deallocate() }

  /// Samples in a hop.
  public var hop: Int { transform.hop }
  /// The sample rate of input and output, in hertz.
  public var sampleRate: Int { transform.sampleRate }
  /// Samples by which the output lags the input when hops are given as soon as they are full.
  public var lag: Int { transform.lag }
  /// Samples from a sound's entering to its leaving, the filling of a hop included: the algorithmic
  /// latency, to which a device adds the time of its computing and its buffers.
  public var latency: Int { transform.window }

  /// Takes a hop of samples and gives a hop.
  ///
  /// - Parameters:
  ///   - samples: `hop` samples, between -1 and 1. What is not a number counts as silence, and what
  ///     is beyond ±16 as that, so that no garbage lasts longer than sound does.
  ///   - output: `hop` samples to write.
  public mutating func process(_ samples: Span<Float>, into output: inout MutableSpan<Float>) {
    precondition(samples.count == hop && output.count == hop, "a hop has \(hop) samples")
    analyze(samples)
    step()
    synthesize(&output)
  }

  /// The first third of ``process(_:into:)``: transform and features.
  package mutating func analyze(_ samples: Span<Float>) {
    let work = work
    samples.withUnsafeBufferPointer {
      analysis.push($0.baseAddress!, re: re, im: im, work: work)
    }
    features.push(re: re, im: im, frame, work: work)
  }

  private var re: UnsafeMutablePointer<Float> { memory }
  private var im: UnsafeMutablePointer<Float> { memory + transform.stride }
  private var frame: UnsafeMutablePointer<Float> { memory + 2 * transform.stride }
  /// The network's, between its steps.
  private var work: UnsafeMutablePointer<Float> {
    stream.workspace.assumingMemoryBound(to: Float.self)
  }

  /// The second: the network's step.
  package mutating func step() { stream.step(inPlace: frame) }

  /// The second, watched; see ``NetworkStream/step(_:into:counting:)``.
  package mutating func step(counting count: inout OperationCount) {
    stream.step(inPlace: frame, counting: &count)
  }

  /// The last: mask and inverse transform.
  package mutating func synthesize(_ output: inout MutableSpan<Float>) {
    let (re, im, mask) = (re, im, frame)
    transform.mask(mask)
    if measuresVoiceActivity { voiceActivity = voiceActivity(re: re, im: im, mask: mask) }
    if !highBandBins.isEmpty { highBandGain = highBandGain(of: mask) }
    transform.limit(mask, smallest: smallestMask, share: mixedShare)
    transform.kernels.spectrumMask(transform.bins, mask: mask, re: re, im: im)
    let work = work
    output.withUnsafeMutableBufferPointer {
      synthesis.push(spectrum: re, $0.baseAddress!, work: work)
    }
  }

  private func voiceActivity(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, mask: UnsafePointer<Float>
  ) -> Float {
    let binsPerHertz = Float(2 * (transform.bins - 1)) / Float(sampleRate)
    let last = min(transform.bins, Int(4000 * binsPerHertz))
    var (kept, all): (Float, Float) = (0, 0)
    for bin in min(last, Int(200 * binsPerHertz))..<last {
      let power = re[bin] * re[bin] + im[bin] * im[bin]
      let gain = min(1, mask[bin])
      all += power
      kept += gain * gain * power
    }
    // Below -115 dB of full scale there is nothing to tell apart.
    let silence = 1e-9 * Float(last)
    return all > silence ? (kept / all).squareRoot() : 0
  }

  private func highBandGain(of mask: UnsafePointer<Float>) -> Float {
    var sum: Float = 0
    for bin in highBandBins { sum += min(1, mask[bin]) }
    let mean = sum / Float(highBandBins.count)
    return 1 - mixedShare + mixedShare * max(mean * mean, smallestMask)
  }

  /// The bins of the upper part of a band of `width` hertz, short of what resamplers take away at
  /// its end.
  func bins(ofBand width: Int) -> Range<Int> {
    let bandBins = Double(width) * Double(2 * (transform.bins - 1)) / Double(sampleRate)
    let first = min(transform.bins - 1, max(0, Int(bandBins * 0.5)))
    return first..<min(transform.bins, max(first + 1, Int(bandBins * 0.8)))
  }

  /// Denoises a whole signal, aligned with its input and as long. It is a signal of its own:
  /// nothing of what came before is heard, and nothing of it later.
  ///
  /// - Parameter signal: samples of ``sampleRate``, between -1 and 1.
  public mutating func denoise(_ signal: [Float]) -> [Float] {
    reset()
    defer { reset() }
    let hops = (signal.count + lag + hop - 1) / hop
    let padded = signal + [Float](repeating: 0, count: hops * hop - signal.count)
    var output = [Float](repeating: 0, count: hops * hop)
    output.withUnsafeMutableBufferPointer { output in
      for i in 0..<hops {
        let range = i * hop..<(i + 1) * hop
        var piece = UnsafeMutableBufferPointer(rebasing: output[range]).mutableSpan
        process(padded.span.extracting(range), into: &piece)
      }
    }
    return Array(output[lag..<lag + signal.count])
  }

  /// Begins a new signal.
  public mutating func reset() {
    analysis.reset()
    features.reset()
    stream.reset()
    synthesis.reset()
  }

  /// A second denoiser that goes on from the same point, on its own.
  public func copy() -> Denoiser {
    var other = Denoiser(stream.plan, transform, options: options)
    other.state = state
    return other
  }
}

extension Denoiser: SignalRunner, StateBytesCarrying {
  public var stateByteCount: Int { framedByteCount }
  public func writeState(to bytes: UnsafeMutableRawBufferPointer) { writeFramed(to: bytes) }
  public mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try readFramed(from: bytes)
  }
  public func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try checkFrame(of: bytes)
  }

  package static var stateLetters: StaticString { "SPRD" }
  package var stateIdentity: UInt64 { stream.plan.fingerprint }
  package var stateWordCount: Int {
    stream.stateWordCount + analysis.stateWordCount + synthesis.stateWordCount
      + features.stateWordCount
  }

  package func write(to writer: inout StateWriter) {
    stream.write(to: &writer)
    analysis.write(to: &writer)
    synthesis.write(to: &writer)
    features.write(to: &writer)
  }

  package mutating func read(from reader: inout StateReader) {
    stream.read(from: &reader)
    analysis.read(from: &reader)
    synthesis.read(from: &reader)
    features.read(from: &reader)
  }
}
