public import SparrowCore

/// A denoiser for hosts: any sample rate, blocks of any size, as many samples out as in, with a
/// constant latency. Between hosts and the network's rate it resamples; what is above the network's
/// band stays, with a gain that follows the network's upper bins.
///
/// Output sample n is the denoised input sample n - ``latency``; before it there is silence.
/// ``process(_:count:into:)`` neither allocates nor locks.
public struct StreamingDenoiser: ~Copyable {
  private var denoiser: Denoiser
  /// The resamplers there and back; nil where the host has the network's rate.
  private let rates: Rates?
  /// Samples per second of input and output.
  public let sampleRate: Int
  /// The number of samples that every call's count is a multiple of.
  public let blockSize: Int
  /// Samples that the output lags the input, exactly.
  public let latency: Int
  /// A hop on its way in, and how much of it there is.
  private let hop: UnsafeMutablePointer<Float>
  private var waiting = 0
  /// A hop on its way out; then what the resamplers give.
  private let clean: UnsafeMutablePointer<Float>
  private let slow: UnsafeMutablePointer<Float>
  /// Samples to drop, as they come before the signal's first.
  private var ahead: Int
  /// Output samples that wait to be fetched.
  private var ring: SampleRing

  /// Replaces the network's step, to count and time it.
  package var steps: ((inout Denoiser) -> Void)?

  /// Input samples that are taken at once: a multiple of the block size.
  private let piece: Int

  private final class Rates {
    var there: StreamResampler
    var back: StreamResampler
    var highBand: HighBand
    /// A piece of input, without what no sound has.
    let guarded: UnsafeMutablePointer<Float>

    init(
      there: ResamplingFilter, back: ResamplingFilter, _ highBand: consuming HighBand, piece: Int
    ) {
      self.there = StreamResampler(there)
      self.back = StreamResampler(back)
      self.highBand = highBand
      guarded = .allocate(capacity: piece)
      guarded.initialize(repeating: 0, count: piece)
    }

    deinit { guarded.deallocate() }

    /// Takes input samples and gives those of the network's rate that they complete.
    func take(
      _ input: UnsafePointer<Float>, count: Int, into slow: UnsafeMutablePointer<Float>
    ) -> Int {
      for i in 0..<count { guarded[i] = ShortTimeAnalysis.guarded(input[i]) }
      highBand.keep(guarded, count: count)
      return there.process(guarded, count: count, into: slow)
    }

    func reset() {
      there.reset()
      back.reset()
      highBand.reset()
    }
  }

  /// A denoiser at the beginning of a signal.
  ///
  /// - Parameters:
  ///   - plan: of a denoiser's network, with its front end.
  ///   - sampleRate: of input and output, from 1,000 to 768,000; nil for the network's.
  ///   - blockSize: what every call's count will be a multiple of, from 1 to 65,536. With 1, calls
  ///     may have any size; with the network's hop, or blocks that hold whole hops, the latency is
  ///     up to a hop shorter.
  ///   - options: how far it goes.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(
    _ plan: Plan, sampleRate: Int? = nil, blockSize: Int = 1, options: DenoisingOptions = .init()
  ) throws(FrontEndError) {
    let denoiser = try Denoiser(plan, options: options)
    let own = denoiser.sampleRate
    let rate = sampleRate ?? own
    var filters: (there: ResamplingFilter, back: ResamplingFilter)?
    if rate != own {
      filters = (ResamplingFilter(from: rate, to: own), ResamplingFilter(from: own, to: rate))
    }
    self.init(denoiser, rate, blockSize, filters)
  }

  private init(
    _ denoiser: consuming Denoiser, _ rate: Int, _ blockSize: Int,
    _ filters: (there: ResamplingFilter, back: ResamplingFilter)?
  ) {
    let (size, lag) = (denoiser.hop, denoiser.lag)
    sampleRate = rate
    precondition((1...1 << 16).contains(blockSize), "a block size from 1 to 65536")
    self.blockSize = blockSize
    piece = max(1, 256 / blockSize) * blockSize
    latency = Self.latency(hop: size, lag: lag, blockSize: blockSize, filters)
    if let filters {
      rates = Rates(
        there: filters.there, back: filters.back,
        HighBand(
          window: lag + size, hop: size, there: filters.there, back: filters.back,
          latency: latency, piece: piece),
        piece: piece)
    } else {
      rates = nil
    }
    let most = filters.map { Int($0.back.outputRate / $0.back.inputRate) + 1 } ?? 1
    let mostSlow =
      piece * (filters.map { $0.there.outputRate / $0.there.inputRate } ?? 1) + piece + 2
    self.denoiser = denoiser
    if filters != nil {
      let width = min(rate, self.denoiser.sampleRate) / 2
      self.denoiser.highBandBins = self.denoiser.bins(ofBand: width)
    }
    ahead = lag
    hop = .allocate(capacity: size)
    hop.initialize(repeating: 0, count: size)
    slow = .allocate(capacity: mostSlow)
    slow.initialize(repeating: 0, count: mostSlow)
    clean = .allocate(capacity: size + (size + 2) * most)
    clean.initialize(repeating: 0, count: size + (size + 2) * most)
    ring = SampleRing(capacity: latency + 2 * piece + (mostSlow + size) * most + 8)
    // Silence until the first sample is due.
    ring.reset(zeros: latency)
  }

  deinit {
    hop.deallocate()
    slow.deallocate()
    clean.deallocate()
  }

  /// How far it goes; may be changed at any time.
  public var options: DenoisingOptions {
    get { denoiser.options }
    set { denoiser.options = newValue }
  }

  /// Whether ``voiceActivity`` is measured.
  public var measuresVoiceActivity: Bool {
    get { denoiser.measuresVoiceActivity }
    set { denoiser.measuresVoiceActivity = newValue }
  }
  /// How much of the last frame the network leaves; see ``Denoiser/voiceActivity``.
  public var voiceActivity: Float { denoiser.voiceActivity }

  /// Takes samples and gives as many.
  ///
  /// - Parameters:
  ///   - input: `count` samples, between -1 and 1. What is not a number counts as silence.
  ///   - count: a multiple of ``blockSize``.
  ///   - output: room for `count` samples; may be `input`.
  public mutating func process(
    _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>
  ) {
    precondition(count % blockSize == 0, "whole blocks")
    var done = 0
    while done < count {
      let piece = min(self.piece, count - done)
      if let rates {
        let slowCount = rates.take(input + done, count: piece, into: slow)
        take(slow, count: slowCount)
      } else {
        take(input + done, count: piece)
      }
      fetch(output + done, count: piece)
      done += piece
    }
  }

  /// Samples of the network's rate.
  private mutating func take(_ samples: UnsafePointer<Float>, count: Int) {
    let size = denoiser.hop
    var taken = 0
    while taken < count {
      let piece = min(size - waiting, count - taken)
      (hop + waiting).copy(samples + taken, count: piece)
      waiting += piece
      taken += piece
      guard waiting == size else { continue }
      waiting = 0
      if let rates { rates.highBand.push(hop) }
      var output = UnsafeMutableBufferPointer(start: clean, count: size).mutableSpan
      denoiser.analyze(UnsafeBufferPointer(start: hop, count: size).span)
      if let steps { steps(&denoiser) } else { denoiser.step() }
      denoiser.synthesize(&output)
      let skipped = min(ahead, size)
      ahead -= skipped
      if let rates {
        rates.highBand.subtract(gain: denoiser.highBandGain, from: clean, skipped: skipped)
      }
      give(clean + skipped, count: size - skipped)
    }
  }

  /// Samples of the network's rate, of which the first is the signal's.
  private mutating func give(_ samples: UnsafePointer<Float>, count: Int) {
    guard count > 0 else { return }
    guard let rates else { return ring.append(samples, count: count) }
    let fast = clean + denoiser.hop
    let given = rates.back.process(samples, count: count, into: fast)
    rates.highBand.add(to: fast, count: given)
    ring.append(fast, count: given)
  }

  private mutating func fetch(_ output: UnsafeMutablePointer<Float>, count: Int) {
    let given = ring.take(count, into: output)
    // Only after a state that makes no sense.
    (output + given).update(repeating: 0, count: count - given)
  }

  /// The fewest samples that the output has to lag, so that it never waits for the input: for every
  /// number of input samples, how many output samples they complete.
  private static func latency(
    hop: Int, lag: Int, blockSize: Int,
    _ filters: (there: ResamplingFilter, back: ResamplingFilter)?
  ) -> Int {
    // After so many blocks, blocks, hops and the samples of both rates begin together again.
    let step = filters?.there.stepInput ?? 1
    let blocks = hop * step
    let seen = min(blocks, 1 << 21)
    let start = (filters?.there.halfWidth ?? 0) + (lag + hop) * (step + 1)
    var latency = 0
    for count in stride(from: blockSize, through: start + seen * blockSize, by: blockSize) {
      let slow = filters?.there.outputCount(inputs: count) ?? count
      let clean = max(0, slow / hop * hop - lag)
      latency = max(latency, count - (filters?.back.outputCount(inputs: clean) ?? clean))
    }
    // Rates without a common divisor to speak of: one more than seen is the most there can be.
    return blocks == seen ? latency : latency + 1
  }

  /// Begins a new signal.
  public mutating func reset() {
    denoiser.reset()
    rates?.reset()
    waiting = 0
    ahead = denoiser.lag
    ring.reset(zeros: latency)
  }
}

/// The denoiser's own words come first.
extension StreamingDenoiser: SignalRunner, StateBytesCarrying {
  public var stateByteCount: Int { framedByteCount }
  public func writeState(to bytes: UnsafeMutableRawBufferPointer) { writeFramed(to: bytes) }
  public mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try readFramed(from: bytes)
  }
  public func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try checkFrame(of: bytes)
  }

  package static var stateLetters: StaticString { "SPRE" }
  package var stateIdentity: UInt64 { denoiser.stateIdentity(at: sampleRate) }
  package var stateWordCount: Int {
    denoiser.stateWordCount + 2 + denoiser.hop
      + SampleRing.stateWordCount(most: ring.capacity)
      + (rates.map {
        $0.there.stateWordCount + $0.back.stateWordCount + $0.highBand.stateWordCount
      } ?? 0)
  }

  package func write(to writer: inout StateWriter) {
    denoiser.write(to: &writer)
    writer.write(UInt32(waiting))
    writer.write(UInt32(ahead))
    writer.write(hop, count: waiting)
    writer.writeZeros(count: denoiser.hop - waiting)
    ring.write(to: &writer, most: ring.capacity)
    if let rates {
      rates.there.write(to: &writer)
      rates.back.write(to: &writer)
      rates.highBand.write(to: &writer)
    }
  }

  package mutating func read(from reader: inout StateReader) {
    denoiser.read(from: &reader)
    waiting = reader.count(upTo: denoiser.hop - 1)
    ahead = reader.count(upTo: denoiser.lag)
    reader.read(hop, count: denoiser.hop)
    ring.read(from: &reader, most: ring.capacity)
    if let rates {
      rates.there.read(from: &reader)
      rates.back.read(from: &reader)
      rates.highBand.read(from: &reader)
    }
  }
}

extension StateBytesCarrying where Self: ~Copyable {
  /// That of a runner that wraps this one at a sample rate.
  func stateIdentity(at sampleRate: Int) -> UInt64 {
    stateIdentity ^ UInt64(sampleRate) &* 0x9e37_79b9_7f4a_7c15
  }
}

extension ResamplingFilter {
  /// Output samples that the first input samples of a signal complete: those at positions
  /// k stepInput / stepOutput whose `halfWidth` samples after them have come.
  func outputCount(inputs: Int) -> Int {
    let last = inputs - 1 - halfWidth
    guard last >= 0 else { return 0 }
    // The greatest k with ⌊k stepInput / stepOutput⌋ <= last, and one more.
    return ((last + 1) * stepOutput - 1) / stepInput + 1
  }
}
