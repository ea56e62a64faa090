public import SparrowCore

/// Many denoisers of one plan that take their hops together: a server's callers, the channels of a
/// conference.
///
/// ```swift
/// var group = try DenoiserGroup(plan, capacity: 1000)
/// let callers = [group.add()!, group.add()!]
/// group.process(callers.span, samples.span, into: &output)    // a hop of each
/// ```
///
/// Signals join, leave, begin anew and move to other groups, machines and single ``Denoiser``s at
/// any time between hops. Each has the bits that a ``Denoiser`` gives for it; see `StreamGroup` for
/// what is shared. Nothing is allocated once the group is made. A group is for one thread at a
/// time.
public struct DenoiserGroup: ~Copyable {
  private let transform: ShortTimeTransform
  private var streams: StreamGroup
  /// By index: the audio state of a signal.
  private let signals: UnsafeMutablePointer<DenoiserSignal>
  /// By place in a block: real parts, imaginary parts and mask, each of the transform's stride.
  private let spectra: UnsafeMutablePointer<Float>
  /// The network's frames of a block; then what it gives; then room to work in.
  private let frames: UnsafeMutablePointer<Float>
  private var blocks: SignalBlocks
  /// How far all go, and signals that will be added; may be changed between hops.
  public var options: DenoisingOptions {
    didSet {
      groupLimits = Limits(options, transform.kernels)
      limits.update(repeating: groupLimits, count: capacity)
    }
  }
  private var groupLimits: Limits
  /// By index: how far a signal goes.
  private let limits: UnsafeMutablePointer<Limits>

  private struct Limits {
    let smallestMask: Float
    let mix: Float

    init(_ options: DenoisingOptions, _ kernels: Kernels) {
      (smallestMask, mix) = Denoiser.limits(options, kernels)
    }
  }

  /// A group without signals.
  ///
  /// - Parameters:
  ///   - plan: of a denoiser's network, with its front end.
  ///   - capacity: the most signals that there may be at a time, from 1 on.
  ///   - options: how far all go.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(
    _ plan: Plan, capacity: Int, options: DenoisingOptions = .init()
  ) throws(FrontEndError) {
    let transform = try ShortTimeTransform(of: plan)
    self.transform = transform
    self.options = options
    groupLimits = Limits(options, transform.kernels)
    limits = .allocate(capacity: capacity)
    limits.initialize(repeating: groupLimits, count: capacity)
    streams = StreamGroup(plan, capacity: capacity)
    blocks = SignalBlocks(capacity: capacity, size: max(streams.laneCount, 16))
    signals = .allocate(capacity: capacity)
    for i in 0..<capacity { (signals + i).initialize(to: DenoiserSignal(transform)) }
    let spectraCount = blocks.size * 3 * transform.stride
    spectra = .allocate(capacity: spectraCount)
    spectra.initialize(repeating: 0, count: spectraCount)
    let frameCount = blocks.size * (plan.inputWidth + plan.outputWidth) + transform.workCount
    frames = .allocate(capacity: frameCount)
    frames.initialize(repeating: 0, count: frameCount)
  }

  deinit {
    signals.deinitialize(count: streams.capacity)
    signals.deallocate()
    limits.deallocate()
    spectra.deallocate()
    frames.deallocate()
  }

  /// The audio state of a signal. A pointer, as the thread sanitizer cannot be compiled where
  /// elements of a property of a noncopyable type are changed.
  private func signal(_ index: Int) -> UnsafeMutablePointer<DenoiserSignal> { signals + index }

  /// Samples in a hop.
  public var hop: Int { transform.hop }
  /// The sample rate of input and output, in hertz.
  public var sampleRate: Int { transform.sampleRate }
  /// Samples by which the output lags the input; see ``Denoiser/lag``.
  public var lag: Int { transform.lag }

  /// Has one signal go so far, until it is removed or the group's ``options`` change.
  public mutating func setOptions(_ options: DenoisingOptions, of index: Int) {
    let isThere = contains(index)
    precondition(isThere, "a signal of the group")
    (limits + index).pointee = Limits(options, transform.kernels)
  }

  // MARK: Hops

  /// Takes a hop of some signals and gives as many.
  ///
  /// - Parameters:
  ///   - signals: their indices, each once, in any order. The others stay as they are.
  ///   - samples: `hop` samples for each, in the same order; see ``Denoiser/process(_:into:)``.
  ///   - output: `hop` samples to write for each, in the same order.
  public mutating func process(
    _ signals: Span<Int>, _ samples: Span<Float>, into output: inout MutableSpan<Float>
  ) {
    precondition(
      samples.count == signals.count * hop && output.count == signals.count * hop,
      "a hop in and out for each signal")
    guard signals.count > 0 else { return }
    blocks.begin(signals, of: streams)
    let input = samples.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    for first in stride(from: 0, to: capacity, by: blocks.size) {
      let count = blocks.gather(from: first)
      if count > 0 { processBlock(count, input, result) }
    }
    blocks.end(signals)
  }

  /// Hops of the first signals of the block at hand.
  private mutating func processBlock(
    _ count: Int, _ samples: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    let (stride, hop) = (transform.stride, transform.hop)
    let (inputWidth, outputWidth) = (plan.inputWidth, plan.outputWidth)
    let results = frames + blocks.size * inputWidth
    let work = results + blocks.size * outputWidth
    for i in 0..<count {
      let re = spectra + 3 * i * stride
      signal(blocks[i]).pointee.analyze(
        samples + blocks.place(i) * hop, re: re, im: re + stride, frames + i * inputWidth,
        work: work)
    }
    var masks = UnsafeMutableBufferPointer(start: results, count: count * outputWidth).mutableSpan
    streams.step(
      blocks.indices(count).span,
      UnsafeBufferPointer(start: frames, count: count * inputWidth).span, into: &masks)
    for i in 0..<count {
      let re = spectra + 3 * i * stride
      let mask = re + 2 * stride
      mask.copy(results + i * outputWidth, count: outputWidth)
      transform.mask(mask)
      let limits = self.limits[blocks[i]]
      transform.limit(mask, smallest: limits.smallestMask, share: limits.mix)
      transform.kernels.spectrumMask(transform.bins, mask: mask, re: re, im: re + stride)
      signal(blocks[i]).pointee.synthesize(spectrum: re, output + blocks.place(i) * hop, work: work)
    }
  }
}

extension DenoiserGroup: SignalGroup, RunnerGroup {
  public var plan: Plan { streams.plan }
  public var capacity: Int { streams.capacity }
  public var count: Int { streams.count }
  public func contains(_ index: Int) -> Bool { streams.contains(index) }

  public mutating func add() -> Int? {
    guard let index = streams.add() else { return nil }
    signal(index).pointee.reset()
    (limits + index).pointee = groupLimits
    return index
  }

  public mutating func remove(_ index: Int) { streams.remove(index) }

  public mutating func reset(_ index: Int) {
    streams.reset(index)
    signal(index).pointee.reset()
  }

  public func state(of index: Int) -> SignalState { framedState(of: index) }

  public mutating func setState(_ state: SignalState, of index: Int) throws(StreamStateError) {
    try setFramedState(state, of: index)
  }

  package static var stateLetters: StaticString { Denoiser.stateLetters }
  package var stateWordCount: Int { plan.stateValueCount + signals[0].stateWordCount }

  package func write(_ index: Int, to writer: inout StateWriter) {
    streams.write(index, to: &writer)
    signals[index].write(to: &writer)
  }

  package mutating func read(_ index: Int, from reader: inout StateReader) {
    streams.read(index, from: &reader)
    signal(index).pointee.read(from: &reader)
  }
}

/// The audio state of a denoiser's signal, without the network's.
private struct DenoiserSignal: ~Copyable, StateWords {
  private var analysis: ShortTimeAnalysis
  private var synthesis: ShortTimeSynthesis
  private var features: SpectralFeatures

  init(_ transform: ShortTimeTransform) {
    analysis = ShortTimeAnalysis(transform)
    synthesis = ShortTimeSynthesis(transform)
    features = SpectralFeatures(transform)
  }

  /// A hop's spectrum, and the network's frame.
  mutating func analyze(
    _ samples: UnsafePointer<Float>, re: UnsafeMutablePointer<Float>,
    im: UnsafeMutablePointer<Float>, _ frame: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    analysis.push(samples, re: re, im: im, work: work)
    features.push(re: re, im: im, frame, work: work)
  }

  mutating func synthesize(
    spectrum: UnsafeMutablePointer<Float>, _ samples: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    synthesis.push(spectrum: spectrum, samples, work: work)
  }

  mutating func reset() {
    analysis.reset()
    synthesis.reset()
    features.reset()
  }

  var stateWordCount: Int {
    analysis.stateWordCount + synthesis.stateWordCount + features.stateWordCount
  }

  func write(to writer: inout StateWriter) {
    analysis.write(to: &writer)
    synthesis.write(to: &writer)
    features.write(to: &writer)
  }

  mutating func read(from reader: inout StateReader) {
    analysis.read(from: &reader)
    synthesis.read(from: &reader)
    features.read(from: &reader)
  }
}
