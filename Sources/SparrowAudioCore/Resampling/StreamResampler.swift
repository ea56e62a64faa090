/// A signal on its way from one sample rate to another, in pieces of any size.
///
/// Output sample k is the input at the time k / outputRate: nothing is shifted. It is complete once
/// the filter's `halfWidth` input samples after that time have come; before the first sample there
/// is silence.
public struct StreamResampler: ~Copyable, StateWords {
  private let filter: ResamplingFilter
  /// The last input samples that later outputs need, from ``firstInput`` on.
  private let history: UnsafeMutablePointer<Float>
  private let capacity: Int
  private var held: Int
  /// Where the next output sample lies: `fraction` `stepOutput`-ths of an input sample after the
  /// one that is `offset` behind the `halfWidth`-th of those held.
  private var place = (offset: 0, fraction: 0)

  /// A resampler at the beginning of a signal.
  public init(_ filter: ResamplingFilter) {
    self.filter = filter
    capacity = 4 * filter.tapCount + 1024
    history = .allocate(capacity: capacity + filter.tapCount)
    history.initialize(repeating: 0, count: capacity + filter.tapCount)
    held = filter.halfWidth - 1
  }

  deinit { history.deallocate() }

  /// The most output samples that so many input samples complete.
  public func mostOutputs(for inputs: Int) -> Int {
    (inputs + 1) * filter.stepOutput / filter.stepInput + 1
  }

  /// Takes input samples and gives those that they complete.
  ///
  /// - Parameters:
  ///   - input: `count` samples. Those that are not finite count as silence.
  ///   - output: room for ``mostOutputs(for:)``.
  /// - Returns: how many were written.
  public mutating func process(
    _ input: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>
  ) -> Int {
    var taken = 0
    var given = 0
    while taken < count {
      let piece = min(count - taken, capacity - held)
      for i in 0..<piece {
        // A sample that is not finite would be heard as long as the filter is, and beyond it.
        let sample = input[taken + i]
        history[held + i] = sample.isFinite ? sample : 0
      }
      held += piece
      taken += piece
      given += filter.values(history, count: held, place: &place, into: output + given)
      drop()
    }
    return given
  }

  /// Forgets what no later output needs.
  private mutating func drop() {
    let gone = min(place.offset, held)
    guard gone > 0 else { return }
    UnsafeMutableRawPointer(history).copyMemory(
      from: history + gone, byteCount: 4 * (held - gone))
    held -= gone
    place.offset -= gone
  }

  /// Begins a new signal.
  public mutating func reset() {
    history.update(repeating: 0, count: capacity + filter.tapCount)
    held = filter.halfWidth - 1
    place = (0, 0)
  }

  /// The maximum number of samples held between calls.
  private var mostHeld: Int { 2 * filter.halfWidth }

  package var stateWordCount: Int { 3 + mostHeld }

  package func write(to writer: inout StateWriter) {
    writer.write(UInt32(held))
    writer.write(UInt32(place.fraction))
    writer.write(UInt32(place.offset))
    writer.write(history, count: held)
    writer.writeZeros(count: mostHeld - held)
  }

  package mutating func read(from reader: inout StateReader) {
    held = reader.count(upTo: mostHeld)
    place.fraction = reader.count(upTo: filter.stepOutput - 1)
    place.offset = reader.count(upTo: filter.stepInput)
    reader.read(history, count: mostHeld)
  }
}
