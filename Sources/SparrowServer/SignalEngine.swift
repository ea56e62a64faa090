import SparrowAudio

/// A group of denoisers or of spotters, with memory for a hop of each in and out.
protocol SignalEngine: AnyObject {
  var kind: StreamKind { get }
  var hop: Int { get }
  var sampleRate: Int { get }
  /// Samples by which the output lags the input.
  var lag: Int { get }
  var capacity: Int { get }
  var count: Int { get }
  /// Bytes of a state.
  var stateByteCount: Int { get }

  /// Adds a signal.
  ///
  /// - Returns: Its index; nil where there is no room.
  func add(_ request: StreamRequest) -> Int?
  func remove(_ index: Int)
  func state(of index: Int) -> [UInt8]
  /// - Throws: `StreamStateError` where the bytes are no state of a signal of the group.
  func setState(_ bytes: [UInt8], of index: Int) throws(StreamStateError)

  /// Indices of signals, each once, at the places 0 to ``capacity`` - 1.
  var indices: UnsafeMutableBufferPointer<Int> { get }
  /// A hop per place.
  var input: UnsafeMutableBufferPointer<Float> { get }
  /// A hop per place, of denoisers.
  var output: UnsafeMutableBufferPointer<Float> { get }
  /// Places and words of the last ``process(_:)``, of spotters.
  var heard: [(place: Int, word: Spotter.Detection)] { get }
  /// Words as JSON strings, of spotters.
  var words: [String] { get }

  /// Takes a hop of the signals at the first places, and gives one.
  func process(_ count: Int)
}

extension SignalEngine {
  var network: StreamNetwork { StreamNetwork(kind, sampleRate: sampleRate) }
  var output: UnsafeMutableBufferPointer<Float> { input }
  var heard: [(place: Int, word: Spotter.Detection)] { [] }
  var words: [String] { [] }

  /// Samples that a signal has given after so many of it were processed.
  func produced(after consumed: Int) -> Int { kind == .denoise ? max(0, consumed - lag) : 0 }
}

final class DenoiserEngine: SignalEngine {
  private var group: DenoiserGroup
  /// Checks states.
  private let single: Denoiser
  let indices: UnsafeMutableBufferPointer<Int>
  let input: UnsafeMutableBufferPointer<Float>
  let output: UnsafeMutableBufferPointer<Float>
  let stateByteCount: Int

  init(_ plan: Plan, capacity: Int) throws(FrontEndError) {
    single = try Denoiser(plan)
    group = try DenoiserGroup(plan, capacity: capacity)
    stateByteCount = single.stateByteCount
    indices = zeros(capacity, 0)
    input = zeros(capacity * single.hop, 0)
    output = zeros(capacity * single.hop, 0)
  }

  deinit {
    indices.deallocate()
    input.deallocate()
    output.deallocate()
  }

  var kind: StreamKind { .denoise }
  var hop: Int { group.hop }
  var sampleRate: Int { group.sampleRate }
  var lag: Int { group.lag }
  var capacity: Int { group.capacity }
  var count: Int { group.count }

  func add(_ request: StreamRequest) -> Int? {
    guard let index = group.add() else { return nil }
    group.setOptions(request.options, of: index)
    return index
  }

  func remove(_ index: Int) { group.remove(index) }

  func state(of index: Int) -> [UInt8] { group.state(of: index).encode() }

  func setState(_ bytes: [UInt8], of index: Int) throws(StreamStateError) {
    try group.setState(SignalState(decoding: bytes, for: single), of: index)
  }

  func process(_ count: Int) {
    var result = UnsafeMutableBufferPointer(rebasing: output[..<(count * hop)]).mutableSpan
    group.process(
      UnsafeBufferPointer(rebasing: indices[..<count]).span,
      UnsafeBufferPointer(rebasing: input[..<(count * hop)]).span, into: &result)
  }
}

final class SpotterEngine: SignalEngine {
  private var group: SpotterGroup
  /// Checks states.
  private let single: Spotter
  let indices: UnsafeMutableBufferPointer<Int>
  let input: UnsafeMutableBufferPointer<Float>
  let stateByteCount: Int
  let words: [String]
  private(set) var heard: [(place: Int, word: Spotter.Detection)] = []

  init(_ plan: Plan, capacity: Int) throws(FrontEndError) {
    single = try Spotter(plan)
    group = try SpotterGroup(plan, capacity: capacity)
    stateByteCount = single.stateByteCount
    words = single.words.map(JSON.string)
    indices = zeros(capacity, 0)
    input = zeros(capacity * single.hop, 0)
  }

  deinit {
    indices.deallocate()
    input.deallocate()
  }

  var kind: StreamKind { .spot }
  var hop: Int { group.hop }
  var sampleRate: Int { group.sampleRate }
  var lag: Int { 0 }
  var capacity: Int { group.capacity }
  var count: Int { group.count }

  func add(_ request: StreamRequest) -> Int? {
    guard let index = group.add() else { return nil }
    if let threshold = request.threshold { group.setThreshold(threshold, of: index) }
    return index
  }

  func remove(_ index: Int) { group.remove(index) }

  func state(of index: Int) -> [UInt8] { group.state(of: index).encode() }

  func setState(_ bytes: [UInt8], of index: Int) throws(StreamStateError) {
    try group.setState(SignalState(decoding: bytes, for: single), of: index)
  }

  func process(_ count: Int) {
    heard.removeAll(keepingCapacity: true)
    group.process(
      UnsafeBufferPointer(rebasing: indices[..<count]).span,
      UnsafeBufferPointer(rebasing: input[..<(count * hop)]).span
    ) { place, word in heard.append((place, word)) }
  }
}

private func zeros<T>(_ count: Int, _ zero: T) -> UnsafeMutableBufferPointer<T> {
  let memory = UnsafeMutableBufferPointer<T>.allocate(capacity: count)
  memory.initialize(repeating: zero)
  return memory
}
