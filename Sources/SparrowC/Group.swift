import SparrowAudioCore
import SparrowInterface

/// A group behind a handle, whatever its runners are.
class Group {
  func add() -> Int? { nil }
  func remove(_ index: UInt32) throws(Failure) {}
  func reset(_ index: UInt32) throws(Failure) {}
  var stateByteCount: Int { 0 }
  func saveState(_ index: UInt32, to bytes: UnsafeMutableRawBufferPointer) throws(Failure) {}
  func restoreState(_ index: UInt32, from bytes: UnsafeRawBufferPointer) throws(Failure) {}

  func setDenoising(_ options: DenoisingOptions, of index: UInt32) throws(Failure) {}
  func setThreshold(_ threshold: Float, of index: UInt32) throws(Failure) {}
  func step(
    _ indices: UnsafePointer<UInt32>?, _ count: Int, _ input: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>?
  ) throws(Failure) {}
  func spot(
    _ indices: UnsafePointer<UInt32>?, _ count: Int, _ input: UnsafePointer<Float>?,
    _ detections: UnsafeMutablePointer<sparrow_hop_detection>?
  ) throws(Failure) {}
}

/// The task of a group's runners. Functions of other tasks are refused.
protocol GroupTask: RunnerGroup, ~Copyable {
  /// Values that one of the group takes at a step, and values that it gives.
  var inputCount: Int { get }
  var outputCount: Int { get }
  mutating func takeStep(
    _ indices: Span<Int>, _ input: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(Failure)
  mutating func spot(
    _ indices: Span<Int>, _ input: Span<Float>,
    _ detections: UnsafeMutablePointer<sparrow_hop_detection>
  ) throws(Failure)
  mutating func setDenoising(_ options: DenoisingOptions, of index: Int) throws(Failure)
  mutating func set(threshold: Float, of index: Int) throws(Failure)
}

extension GroupTask where Self: ~Copyable {
  mutating func takeStep(
    _ indices: Span<Int>, _ input: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(Failure) { throw Failure(SPARROW_ERROR_KIND) }
  mutating func spot(
    _ indices: Span<Int>, _ input: Span<Float>,
    _ detections: UnsafeMutablePointer<sparrow_hop_detection>
  ) throws(Failure) { throw Failure(SPARROW_ERROR_KIND) }
  mutating func setDenoising(_ options: DenoisingOptions, of index: Int) throws(Failure) {
    throw Failure(SPARROW_ERROR_KIND)
  }
  mutating func set(threshold: Float, of index: Int) throws(Failure) {
    throw Failure(SPARROW_ERROR_KIND)
  }
}

extension DenoiserGroup: GroupTask {
  var inputCount: Int { hop }
  var outputCount: Int { hop }

  mutating func takeStep(
    _ indices: Span<Int>, _ input: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(Failure) {
    process(indices, input, into: &output)
  }

  mutating func setDenoising(_ options: DenoisingOptions, of index: Int) throws(Failure) {
    setOptions(options, of: index)
  }
}

extension SpotterGroup: GroupTask {
  var inputCount: Int { hop }
  var outputCount: Int { 0 }

  mutating func spot(
    _ indices: Span<Int>, _ input: Span<Float>,
    _ detections: UnsafeMutablePointer<sparrow_hop_detection>
  ) throws(Failure) {
    for i in 0..<indices.count { detections[i] = sparrow_hop_detection() }
    process(indices, input) { place, word in
      detections[place] = sparrow_hop_detection(
        found: 1, word: UInt32(word.word), confidence: word.confidence)
    }
  }

  mutating func set(threshold: Float, of index: Int) throws(Failure) {
    setThreshold(threshold, of: index)
  }
}

extension StreamGroup: GroupTask {
  var inputCount: Int { plan.inputWidth }
  var outputCount: Int { plan.outputWidth }

  mutating func takeStep(
    _ indices: Span<Int>, _ input: Span<Float>, into output: inout MutableSpan<Float>
  ) throws(Failure) {
    // They would stay in the state for ever.
    for i in 0..<input.count where !input[i].isFinite { throw Failure(SPARROW_ERROR_NOT_FINITE) }
    step(indices, input, into: &output)
  }
}

/// A group of some kind behind a handle: whatever comes from outside is checked here.
final class GroupHandle<Runners: GroupTask & ~Copyable>: Group {
  private var group: Runners
  /// The indices of a call.
  private let indices: UnsafeMutablePointer<Int>
  /// By index: the call that it was last in.
  private let calls: UnsafeMutablePointer<UInt64>
  private var call: UInt64 = 0

  init(_ group: consuming Runners) {
    let capacity = group.capacity
    self.group = group
    indices = .allocate(capacity: capacity)
    indices.initialize(repeating: 0, count: capacity)
    calls = .allocate(capacity: capacity)
    calls.initialize(repeating: 0, count: capacity)
  }

  deinit {
    indices.deallocate()
    calls.deallocate()
  }

  private func checked(_ index: UInt32) throws(Failure) -> Int {
    guard let index = Int(exactly: index), group.contains(index) else {
      throw Failure(SPARROW_ERROR_RANGE)
    }
    return index
  }

  /// Indices from outside: of the group, each once.
  private func checked(
    _ values: UnsafePointer<UInt32>?, _ count: Int
  ) throws(Failure) -> UnsafeBufferPointer<Int> {
    guard count >= 0, count <= group.capacity else { throw Failure(SPARROW_ERROR_RANGE) }
    guard let values else {
      guard count == 0 else { throw Failure(SPARROW_ERROR_NULL) }
      return UnsafeBufferPointer(start: indices, count: 0)
    }
    call += 1
    for i in 0..<count {
      let index = try checked(values[i])
      guard calls[index] != call else { throw Failure(SPARROW_ERROR_RANGE) }
      calls[index] = call
      indices[i] = index
    }
    return UnsafeBufferPointer(start: indices, count: count)
  }

  override func add() -> Int? { group.add() }
  override func remove(_ index: UInt32) throws(Failure) { group.remove(try checked(index)) }
  override func reset(_ index: UInt32) throws(Failure) { group.reset(try checked(index)) }

  override var stateByteCount: Int { group.framedByteCount }

  override func saveState(
    _ index: UInt32, to bytes: UnsafeMutableRawBufferPointer
  ) throws(Failure) {
    let index = try checked(index)
    guard bytes.count == group.framedByteCount else { throw Failure(SPARROW_ERROR_TRUNCATED) }
    group.writeFramed(index, to: bytes)
  }

  override func restoreState(_ index: UInt32, from bytes: UnsafeRawBufferPointer) throws(Failure) {
    let index = try checked(index)
    do throws(StreamStateError) {
      try group.readFramed(index, from: bytes)
    } catch {
      throw Failure(error)
    }
  }

  override func setDenoising(_ options: DenoisingOptions, of index: UInt32) throws(Failure) {
    try group.setDenoising(options, of: try checked(index))
  }

  override func setThreshold(_ threshold: Float, of index: UInt32) throws(Failure) {
    try group.set(threshold: threshold, of: try checked(index))
  }

  override func step(
    _ indices: UnsafePointer<UInt32>?, _ count: Int, _ input: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>?
  ) throws(Failure) {
    let indices = try checked(indices, count)
    try check(input, count: count * group.inputCount)
    try check(output, count: count * group.outputCount)
    let values = UnsafeBufferPointer(start: input, count: count * group.inputCount)
    var results = UnsafeMutableBufferPointer(start: output, count: count * group.outputCount)
      .mutableSpan
    try group.takeStep(indices.span, values.span, into: &results)
  }

  override func spot(
    _ indices: UnsafePointer<UInt32>?, _ count: Int, _ input: UnsafePointer<Float>?,
    _ detections: UnsafeMutablePointer<sparrow_hop_detection>?
  ) throws(Failure) {
    let indices = try checked(indices, count)
    try check(input, count: count * group.inputCount)
    guard count > 0 else { return }
    guard let detections else { throw Failure(SPARROW_ERROR_NULL) }
    let values = UnsafeBufferPointer(start: input, count: count * group.inputCount)
    try group.spot(indices.span, values.span, detections)
  }
}
