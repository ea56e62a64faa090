import CSparrow

/// Many independent streams of one network that take their steps together.
///
/// ```swift
/// var group = StreamGroup(plan, capacity: 1000)
/// let callers = [group.add()!, group.add()!]
/// group.step(callers.span, inputs.span, into: &outputs)    // a frame of each
/// group.remove(callers[0])
/// ```
///
/// Streams join, leave, begin anew and move to other groups, machines and single
/// ``NetworkStream``s at any time between steps; nothing passes from one to another. What a stream
/// gives has the bits that it has alone. Where ``stepsTogether``, a step reads the weights once for
/// 16 or 32 streams, which is up to several times as fast as one stream after the other. Elsewhere
/// streams run one by one: where a layer has no kernel for many, in groups of a few streams, and
/// where a network has so few zeros that the processor multiplies faster for one.
///
/// A step never allocates, locks, throws or prints. A group is for one thread at a time; give each
/// thread one, as large as its share of the streams.
public struct StreamGroup: ~Copyable {
  /// The plan.
  public let plan: Plan
  /// The most streams that there may be.
  public let capacity: Int
  /// Streams that there are.
  public private(set) var count = 0
  /// Bytes of memory of the group, all allocated when it is made: states of as many streams as
  /// there may be, what a step works in, and weights.
  public let byteCount: Int
  /// No index below it is free.
  private var firstFree = 0
  let program: Program
  /// The weights as steps of many streams read them; nil where each takes its step by itself.
  let lanes: LaneProgram?
  /// By block of ``laneCount`` streams: the states.
  let states: UnsafeMutableRawPointer
  /// The scratch memory of a step, behind the states: a lookup may read beyond the last of them.
  let scratch: UnsafeMutableRawPointer
  /// By index: whether there is a stream, and the place of its frame in the step at hand, or -1.
  let isTaken: UnsafeMutablePointer<Bool>
  let places: UnsafeMutablePointer<Int32>

  /// A group without streams.
  ///
  /// - Parameters:
  ///   - plan: The shared plan.
  ///   - capacity: The most streams that there may be at a time, from 1 on. Memory for all is
  ///     allocated here: ``byteCount``.
  public init(_ plan: Plan, capacity: Int) {
    self.init(
      plan, capacity: capacity,
      lanes: LaneProgram(
        plan.program, plan.instructionSet, capacity: capacity, ifFaster: true))
  }

  /// A group whose streams take their steps together wherever the layers have kernels for it,
  /// faster or not.
  package init(steppingTogether plan: Plan, capacity: Int) {
    self.init(
      plan, capacity: capacity,
      lanes: LaneProgram(plan.program, plan.instructionSet, capacity: capacity))
  }

  /// - Parameter lanes: nil for streams that take their steps one by one.
  private init(_ plan: Plan, capacity: Int, lanes: LaneProgram?) {
    precondition(capacity >= 1, "a group has room for a stream")
    self.plan = plan
    self.capacity = capacity
    program = plan.program
    laneCount = lanes?.kernels.laneCount ?? 1
    byteCount =
      4 * Self.stateWordCount(plan, capacity, laneCount)
      + 4 * Self.scratchWordCount(plan, laneCount) + capacity
      + 4 * Self.padded(capacity, laneCount) + (lanes?.byteCount ?? 0)
    self.lanes = lanes
    let stateWordCount = Self.stateWordCount(plan, capacity, laneCount)
    states = Self.memory(stateWordCount + Self.scratchWordCount(plan, laneCount))
    scratch = states + 4 * stateWordCount
    isTaken = .allocate(capacity: capacity)
    isTaken.initialize(repeating: false, count: capacity)
    places = .allocate(capacity: Self.padded(capacity, laneCount))
    places.initialize(repeating: -1, count: Self.padded(capacity, laneCount))
  }

  deinit {
    lanes?.deallocate()
    states.deallocate()
    isTaken.deallocate()
    places.deallocate()
  }

  /// Streams of a block: those whose values lie side by side.
  package let laneCount: Int

  private static func padded(_ count: Int, _ multiple: Int) -> Int {
    (count + multiple - 1) / multiple * multiple
  }

  /// Words of all states, in whole lines of the cache.
  private static func stateWordCount(_ plan: Plan, _ capacity: Int, _ lanes: Int) -> Int {
    padded(padded(capacity, lanes) * plan.stateCount, 16)
  }

  private static func scratchWordCount(_ plan: Plan, _ lanes: Int) -> Int {
    guard lanes > 1 else { return plan.workspaceCount(unfolding: 1) }
    return lanes * (1 + plan.scratchCount + LaneFrames.wordCount(plan.program))
  }

  /// Words of zeros.
  private static func memory(_ count: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: 4 * count, alignment: Int(sparrow_plan_alignment))
    memory.initializeMemory(as: UInt32.self, repeating: 0, count: count)
    return memory
  }

  /// Whether streams take their steps together, so that weights are read once for many.
  public var stepsTogether: Bool { laneCount > 1 }

  /// Bytes of it that another stream takes.
  public var streamByteCount: Int { 4 * plan.stateCount + 5 }

  // MARK: Streams

  /// Whether there is a stream of this index.
  public func contains(_ index: Int) -> Bool {
    (0..<capacity).contains(index) && isTaken[index]
  }

  /// Adds a stream at the beginning of its sequence.
  ///
  /// - Returns: Its index, from 0 up to ``capacity``, by which it is known until it is removed; the
  ///   lowest that is free. Nil where there is no room.
  public mutating func add() -> Int? {
    while firstFree < capacity, isTaken[firstFree] { firstFree += 1 }
    guard firstFree < capacity else { return nil }
    isTaken[firstFree] = true
    count += 1
    clear(firstFree)
    return firstFree
  }

  /// Adds a stream that goes on from a state.
  ///
  /// - Precondition: the state comes from a plan of the same network.
  public mutating func add(_ state: StreamState) -> Int? {
    guard let index = add() else { return nil }
    setState(state, of: index)
    return index
  }

  /// Removes a stream. Its index may be given to another one.
  public mutating func remove(_ index: Int) {
    check(index)
    isTaken[index] = false
    count -= 1
    firstFree = min(firstFree, index)
  }

  /// Begins a new sequence.
  public mutating func reset(_ index: Int) {
    check(index)
    clear(index)
  }

  /// Everything that a stream remembers of the frames that it has taken: that of a
  /// ``NetworkStream`` after the same frames.
  public func state(of index: Int) -> StreamState {
    check(index)
    return StreamState(fingerprint: plan.fingerprint, wordCount: plan.stateValueCount) {
      write(index, to: &$0)
    }
  }

  /// Has a stream go on from a state.
  ///
  /// - Precondition: the state comes from a plan of the same network.
  public mutating func setState(_ state: StreamState, of index: Int) {
    precondition(state.belongs(to: plan), "a state of another network")
    check(index)
    state.values.withUnsafeBytes {
      guard let words = $0.baseAddress else { return }
      var reader = StateReader(words)
      read(index, from: &reader)
    }
  }

  /// Writes the words of a stream's state, `plan.stateValueCount` of them.
  package func write(_ index: Int, to writer: inout StateWriter) {
    let first = place(of: index)
    for segment in plan.stateSegments {
      var word = first + Int(segment.start) * laneCount
      for _ in 0..<segment.count {
        writer.write(word.pointee)
        word += laneCount
      }
    }
  }

  /// Reads what ``write(_:to:)`` wrote.
  package mutating func read(_ index: Int, from reader: inout StateReader) {
    let first = place(of: index)
    for segment in plan.stateSegments {
      var word = first + Int(segment.start) * laneCount
      for _ in 0..<segment.count {
        word.pointee = reader.word()
        word += laneCount
      }
    }
  }

  /// Where a stream's state begins, each word ``laneCount`` words after the one before.
  private func place(of index: Int) -> UnsafeMutablePointer<UInt32> {
    let words = states.assumingMemoryBound(to: UInt32.self)
    return words + index / laneCount * laneCount * plan.stateCount + index % laneCount
  }

  private func clear(_ index: Int) {
    var word = place(of: index)
    for _ in 0..<plan.stateCount {
      word.pointee = 0
      word += laneCount
    }
  }

  private func check(_ index: Int) {
    let isThere = contains(index)
    precondition(isThere, "a stream of the group")
  }
}
