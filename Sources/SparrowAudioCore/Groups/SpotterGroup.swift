public import SparrowCore

/// Many spotters of one plan that take their hops together: a server's callers, a building's
/// microphones.
///
/// ```swift
/// var group = try SpotterGroup(plan, capacity: 1000)
/// let callers = [group.add()!, group.add()!]
/// group.process(callers.span, samples.span) { place, word in    // a hop of each
///   print(callers[place], word.word, word.confidence)
/// }
/// ```
///
/// Each signal has the bits that a ``Spotter`` gives for it; see `StreamGroup` for what is shared.
/// Nothing is allocated once the group is made. A group is for one thread at a time.
public struct SpotterGroup: ~Copyable {
  private var streams: StreamGroup
  /// By index: the audio state of a signal.
  private let signals: UnsafeMutablePointer<SpotterSignal>
  /// The network's frames of a block; then what it gives.
  private let frames: UnsafeMutablePointer<Float>
  /// Where all signals work, one after the other.
  private let workspace: UnsafeMutableRawPointer
  private var blocks: SignalBlocks
  /// The averaged probability from which a word counts as heard, in every signal and those that
  /// will be added; at first the network's.
  public var threshold: Float {
    didSet { for i in 0..<capacity { signal(i).pointee.threshold = threshold } }
  }

  /// A group without signals.
  ///
  /// - Parameters:
  ///   - plan: of a keyword spotter's network, with its front end.
  ///   - capacity: the most signals that there may be at a time, from 1 on.
  /// - Throws: ``FrontEndError`` for a plan of another network.
  public init(_ plan: Plan, capacity: Int) throws(FrontEndError) {
    precondition(capacity >= 1, "a group has room for a signal")
    let parts = try SpotterSignal.Parts(of: plan)
    streams = StreamGroup(plan, capacity: capacity)
    blocks = SignalBlocks(capacity: capacity, size: max(streams.laneCount, 16))
    let frameCount = blocks.size * (plan.inputWidth + plan.outputWidth)
    frames = .allocate(capacity: frameCount)
    frames.initialize(repeating: 0, count: frameCount)
    workspace = .allocate(byteCount: 4 * parts.workCount, alignment: 8)
    signals = .allocate(capacity: capacity)
    for i in 0..<capacity {
      (signals + i).initialize(to: SpotterSignal(plan, parts, workingIn: workspace))
    }
    threshold = signals[0].threshold
  }

  deinit {
    signals.deinitialize(count: streams.capacity)
    signals.deallocate()
    frames.deallocate()
    workspace.deallocate()
  }

  /// The audio state of a signal. A pointer, as the thread sanitizer cannot be compiled where
  /// elements of a property of a noncopyable type are changed.
  private func signal(_ index: Int) -> UnsafeMutablePointer<SpotterSignal> { signals + index }

  /// Samples in a hop.
  public var hop: Int { signals[0].hop }
  /// The sample rate of the input, in hertz.
  public var sampleRate: Int { Int(signals[0].frontEnd.sample_rate) }

  /// Sets the ``threshold`` of one signal, until it is removed or the group's changes.
  public mutating func setThreshold(_ threshold: Float, of index: Int) {
    let isThere = contains(index)
    precondition(isThere, "a signal of the group")
    signal(index).pointee.threshold = threshold
  }

  /// Takes a hop of some signals.
  ///
  /// - Parameters:
  ///   - signals: their indices, each once, in any order. The others stay as they are.
  ///   - samples: `hop` samples for each, in the same order, between -1 and 1.
  ///   - body: called for each word that is recognised, with the place of its signal in `signals`.
  public mutating func process(
    _ signals: Span<Int>, _ samples: Span<Float>, _ body: (Int, Spotter.Detection) -> Void
  ) {
    let hop = hop
    precondition(samples.count == signals.count * hop, "a hop for each signal")
    guard signals.count > 0 else { return }
    let input = samples.withUnsafeBufferPointer { $0.baseAddress! }
    blocks.begin(signals, of: streams)
    for first in stride(from: 0, to: capacity, by: blocks.size) {
      let count = blocks.gather(from: first)
      guard count > 0 else { continue }
      for i in 0..<count {
        var frame = self.frame(i).mutableSpan
        let hopSamples = UnsafeBufferPointer(start: input + blocks.place(i) * hop, count: hop)
        if signal(blocks[i]).pointee.analyze(hopSamples.span, into: &frame) {
          streams.reset(blocks[i])
        }
      }
      var outputs = UnsafeMutableBufferPointer(
        start: output(0).baseAddress!, count: count * plan.outputWidth
      ).mutableSpan
      streams.step(
        blocks.indices(count).span,
        UnsafeBufferPointer(start: frames, count: count * plan.inputWidth).span, into: &outputs)
      for i in 0..<count {
        if let word = signal(blocks[i]).pointee.decide(output(i)) { body(blocks.place(i), word) }
      }
    }
    blocks.end(signals)
  }

  /// The network's frame of a signal of the block.
  private func frame(_ i: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: frames + i * plan.inputWidth, count: plan.inputWidth)
  }

  private func output(_ i: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: frames + blocks.size * plan.inputWidth + i * plan.outputWidth,
      count: plan.outputWidth)
  }
}

extension SpotterGroup: SignalGroup, RunnerGroup {
  public var plan: Plan { streams.plan }
  public var capacity: Int { streams.capacity }
  public var count: Int { streams.count }
  public func contains(_ index: Int) -> Bool { streams.contains(index) }

  public mutating func add() -> Int? {
    guard let index = streams.add() else { return nil }
    signal(index).pointee.reset()
    signal(index).pointee.threshold = threshold
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

  package static var stateLetters: StaticString { Spotter.stateLetters }
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
