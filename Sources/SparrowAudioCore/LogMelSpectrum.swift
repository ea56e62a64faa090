/// A signal on its way into logarithms of mel bands' energies, in integers; see `LogMel`. Floating
/// point only makes tables, and carries samples in and features out.
public struct LogMelSpectrum: ~Copyable, StateWords {
  /// A feature is worth 2^-this.
  public static let exponent = LogMel.exponent

  private let bands: LogMel
  /// Keeps the tables alive; nil where the caller does.
  private let owner: AnyObject?
  private let history: UnsafeMutableBufferPointer<Int16>
  private let work: UnsafeMutableBufferPointer<Int32>
  private let power: UnsafeMutableBufferPointer<UInt64>
  /// A hop of samples, and its features, where they come and go as floats.
  private let samples: UnsafeMutableBufferPointer<Int16>
  private let features: UnsafeMutableBufferPointer<Int16>
  /// Whether the last hop was digital silence: zeros, in 16 bits.
  package private(set) var isSilent = false

  /// A spectrum before the first sample.
  package init(_ bands: LogMel, owner: AnyObject?) {
    self.bands = bands
    self.owner = owner
    let shape = bands.shape
    history = .allocate(capacity: shape.window)
    history.initialize(repeating: 0)
    work = .allocate(capacity: shape.workCount)
    work.initialize(repeating: 0)
    power = .allocate(capacity: shape.bins)
    power.initialize(repeating: 0)
    samples = .allocate(capacity: shape.hop)
    samples.initialize(repeating: 0)
    features = .allocate(capacity: shape.bands)
    features.initialize(repeating: 0)
  }

  deinit {
    history.deallocate()
    work.deallocate()
    power.deallocate()
    samples.deallocate()
    features.deallocate()
  }

  /// - Parameters:
  ///   - samples: a hop of samples, between -1 and 1; see ``quantize(_:)``.
  ///   - frame: a value for each band to write, as a network takes them.
  public mutating func push(_ samples: Span<Float>, into frame: inout MutableSpan<Float>) {
    let integers = self.samples
    precondition(samples.count == integers.count, "a hop of samples")
    for i in integers.indices { integers[i] = Self.quantize(samples[i]) }
    push(integers.span, into: &frame)
  }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - frame: a value for each band to write, as a network takes them.
  public mutating func push(_ samples: Span<Int16>, into frame: inout MutableSpan<Float>) {
    let features = self.features
    precondition(frame.count == features.count, "a value for each band")
    var span = features.mutableSpan
    push(samples, into: &span)
    let scale = 1 / Float(1 << Self.exponent)
    for i in features.indices { frame[i] = Float(features[i]) * scale }
  }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - features: a value for each band to write.
  public mutating func push(_ samples: Span<Int16>, into features: inout MutableSpan<Int16>) {
    var history = self.history.mutableSpan
    var work = self.work.mutableSpan
    var power = self.power.mutableSpan
    var place = 0
    while place < samples.count, samples[place] == 0 { place += 1 }
    isSilent = place == samples.count
    bands.push(samples, history: &history, work: &work, power: &power, into: &features)
  }

  /// Resets the state to that before the first sample.
  public mutating func reset() { history.update(repeating: 0) }

  /// A word holds one sample.
  package var stateWordCount: Int { history.count }

  package func write(to writer: inout StateWriter) {
    for sample in history { writer.write(UInt32(UInt16(bitPattern: sample))) }
  }

  package mutating func read(from reader: inout StateReader) {
    for i in history.indices { history[i] = Int16(truncatingIfNeeded: reader.word()) }
  }

  /// A sample between -1 and 1 in 16 bits, rounded to the nearest and kept in their range; 0 for
  /// what is no number.
  @inline(__always)
  public static func quantize(_ sample: Float) -> Int16 {
    guard !sample.isNaN else { return 0 }
    return Int16(min(max((sample * 32_768).rounded(.toNearestOrEven), -32_768), 32_767))
  }
}
