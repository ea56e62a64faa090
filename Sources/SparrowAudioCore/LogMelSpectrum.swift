/// A signal on its way into logarithms of mel bands' energies, in integers; see `LogMel`. Floating
/// point only makes tables, and carries samples in and features out.
public struct LogMelSpectrum: ~Copyable, StateWords {
  /// A feature is worth 2^-this.
  public static let exponent = LogMel.exponent

  private let bands: LogMel
  /// Keeps the tables alive; nil where the caller does.
  private let owner: AnyObject?
  private let history: UnsafeMutableBufferPointer<Int16>
  /// The working memory of a hop.
  private let workspace: Workspace
  /// The workspace's memory, where it is the spectrum's own.
  private let ownMemory: UnsafeMutableRawPointer?
  /// Whether the last hop was digital silence: zeros, in 16 bits.
  package private(set) var isSilent = false

  /// A spectrum before the first sample.
  ///
  /// - Parameter memory: where hops are computed, ``Workspace/byteCount(_:)`` bytes at a multiple
  ///   of eight; it is anyone's between them. Without it the spectrum has memory of its own.
  package init(
    _ bands: LogMel, owner: AnyObject?, workingIn memory: UnsafeMutableRawPointer? = nil
  ) {
    self.bands = bands
    self.owner = owner
    let shape = bands.shape
    history = .allocate(capacity: shape.window)
    history.initialize(repeating: 0)
    ownMemory =
      memory == nil
      ? .allocate(byteCount: Workspace.byteCount(shape), alignment: MemoryLayout<UInt64>.alignment)
      : nil
    workspace = Workspace(shape, at: memory ?? ownMemory!)
  }

  deinit {
    history.deallocate()
    ownMemory?.deallocate()
  }

  /// Memory that a hop is computed in, and that holds nothing between hops.
  package struct Workspace {
    fileprivate let power: UnsafeMutableBufferPointer<UInt64>
    fileprivate let work: UnsafeMutableBufferPointer<Int32>
    /// A hop of samples, and its features, where they come and go as floats.
    fileprivate let samples: UnsafeMutableBufferPointer<Int16>
    fileprivate let features: UnsafeMutableBufferPointer<Int16>

    package static func byteCount(_ shape: LogMelShape) -> Int {
      8 * shape.bins + 4 * shape.workCount + 2 * shape.hop + 2 * shape.bands
    }

    fileprivate init(_ shape: LogMelShape, at memory: UnsafeMutableRawPointer) {
      var end = memory
      func take<Number: FixedWidthInteger>(
        _ count: Int, as type: Number.Type
      ) -> UnsafeMutableBufferPointer<Number> {
        let first = end.bindMemory(to: type, capacity: count)
        end += count * MemoryLayout<Number>.stride
        return UnsafeMutableBufferPointer(start: first, count: count)
      }
      power = take(shape.bins, as: UInt64.self)
      work = take(shape.workCount, as: Int32.self)
      samples = take(shape.hop, as: Int16.self)
      features = take(shape.bands, as: Int16.self)
    }
  }

  /// - Parameters:
  ///   - samples: a hop of samples, between -1 and 1; see ``quantize(_:)``.
  ///   - frame: a value for each band to write, as a network takes them.
  public mutating func push(_ samples: Span<Float>, into frame: inout MutableSpan<Float>) {
    let integers = workspace.samples
    precondition(samples.count == integers.count, "a hop of samples")
    for i in integers.indices { integers[i] = Self.quantize(samples[i]) }
    push(integers.span, into: &frame)
  }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - frame: a value for each band to write, as a network takes them.
  public mutating func push(_ samples: Span<Int16>, into frame: inout MutableSpan<Float>) {
    let features = workspace.features
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
    var work = workspace.work.mutableSpan
    var power = workspace.power.mutableSpan
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
