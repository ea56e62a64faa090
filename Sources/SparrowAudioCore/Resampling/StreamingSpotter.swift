public import SparrowCore

/// A keyword spotter for hosts: any sample rate, blocks of any size.
public struct StreamingSpotter: ~Copyable {
  private var spotter: Spotter
  private let resampler: Resampler?
  /// Samples per second of the input.
  public let sampleRate: Int
  /// A hop on its way in, and how much of it there is.
  private let hop: UnsafeMutablePointer<Float>
  private var waiting = 0
  private let slow: UnsafeMutablePointer<Float>

  private final class Resampler {
    var stream: StreamResampler
    init(_ filter: ResamplingFilter) { stream = StreamResampler(filter) }
  }

  /// Input samples that are taken at once.
  private static var piece: Int { 256 }

  /// A spotter at the beginning of a signal.
  ///
  /// - Parameters:
  ///   - plan: of a keyword spotter's network, with its front end.
  ///   - sampleRate: of the input, from 1,000 to 768,000; nil for the network's.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(_ plan: Plan, sampleRate: Int? = nil) throws(FrontEndError) {
    let spotter = try Spotter(plan)
    let own = spotter.sampleRate
    let rate = sampleRate ?? own
    resampler = rate == own ? nil : Resampler(ResamplingFilter(from: rate, to: own))
    self.sampleRate = rate
    let most = Self.piece * (own / rate + 1) + 2
    slow = .allocate(capacity: most)
    slow.initialize(repeating: 0, count: most)
    hop = .allocate(capacity: spotter.hop)
    hop.initialize(repeating: 0, count: spotter.hop)
    self.spotter = spotter
  }

  deinit {
    hop.deallocate()
    slow.deallocate()
  }

  /// The number of words that can be heard.
  public var wordCount: Int { spotter.wordCount }

  /// The UTF-8 bytes of a word; see ``Spotter/name(of:)``.
  public func name(of word: Int) -> UnsafeBufferPointer<UInt8> { spotter.name(of: word) }

  /// The averaged probability from which a word counts as heard; at first the network's.
  public var threshold: Float {
    get { spotter.threshold }
    set { spotter.threshold = newValue }
  }

  /// Samples per second that times of detections count.
  public var detectionRate: Int { spotter.sampleRate }

  /// Takes samples.
  ///
  /// - Parameters:
  ///   - input: `count` samples, between -1 and 1.
  ///   - heard: called with every word that is recognised; times count ``detectionRate`` samples.
  public mutating func process(
    _ input: UnsafePointer<Float>, count: Int, heard: (Spotter.Detection) -> Void
  ) {
    var done = 0
    while done < count {
      let piece = min(Self.piece, count - done)
      if let resampler {
        let slowCount = resampler.stream.process(input + done, count: piece, into: slow)
        take(slow, count: slowCount, heard: heard)
      } else {
        take(input + done, count: piece, heard: heard)
      }
      done += piece
    }
  }

  private mutating func take(
    _ samples: UnsafePointer<Float>, count: Int, heard: (Spotter.Detection) -> Void
  ) {
    let size = spotter.hop
    var taken = 0
    while taken < count {
      let piece = min(size - waiting, count - taken)
      (hop + waiting).copy(samples + taken, count: piece)
      waiting += piece
      taken += piece
      guard waiting == size else { continue }
      waiting = 0
      if let detection = spotter.process(UnsafeBufferPointer(start: hop, count: size).span) {
        heard(detection)
      }
    }
  }

  /// Begins a new signal.
  public mutating func reset() {
    spotter.reset()
    resampler?.stream.reset()
    waiting = 0
    hop.update(repeating: 0, count: spotter.hop)
  }
}

/// The spotter's own words come first.
extension StreamingSpotter: SignalRunner, StateBytesCarrying {
  public var stateByteCount: Int { framedByteCount }
  public func writeState(to bytes: UnsafeMutableRawBufferPointer) { writeFramed(to: bytes) }
  public mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try readFramed(from: bytes)
  }
  public func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try checkFrame(of: bytes)
  }

  package static var stateLetters: StaticString { "SPRL" }
  package var stateIdentity: UInt64 { spotter.stateIdentity(at: sampleRate) }
  package var stateWordCount: Int {
    spotter.stateWordCount + 1 + spotter.hop + (resampler?.stream.stateWordCount ?? 0)
  }

  package func write(to writer: inout StateWriter) {
    spotter.write(to: &writer)
    writer.write(UInt32(waiting))
    writer.write(hop, count: waiting)
    writer.writeZeros(count: spotter.hop - waiting)
    resampler?.stream.write(to: &writer)
  }

  package mutating func read(from reader: inout StateReader) {
    spotter.read(from: &reader)
    waiting = reader.count(upTo: spotter.hop - 1)
    reader.read(hop, count: spotter.hop)
    resampler?.stream.read(from: &reader)
  }
}
