import CSparrow

/// One running instance of a network: a shared ``Plan`` and a state of its own.
///
/// ```swift
/// var stream = NetworkStream(plan)
/// for frame in frames {
///   stream.step(frame.span, into: &output)
/// }
/// ```
///
/// A step takes one frame and gives one. It never allocates, locks, throws or prints, and takes the
/// same time whatever went before. How a sequence is cut into calls makes no difference to a single
/// bit of its output.
///
/// A stream is not copyable, so that a step can never have to copy memory behind the caller's back;
/// ``copy()`` makes a second conversation, and ``state`` is a value to keep, send or compare.
public struct NetworkStream: ~Copyable {
  /// The plan.
  public let plan: Plan
  /// The plan without what owns its memory, so that a step counts no references.
  private let program: Program
  /// The state, then the workspace.
  private let memory: UnsafeMutableRawPointer

  /// Frames that ``run(_:into:)`` takes through a layer at once.
  public let unfolding: Int

  /// A stream at the beginning of its sequence: the state is zero.
  ///
  /// - Parameter unfolding: frames that ``run(_:into:)`` may take through a layer at once, each
  ///   with memory of its own to work in. What does not wait for a state, such as products with a
  ///   layer's input, is then done for all of them while its weights are at hand, which makes large
  ///   dense networks faster where frames come by the dozen (SHARP's unfolding, on a processor). It
  ///   changes no bit, and nothing about networks in fixed point.
  public init(_ plan: Plan, unfolding: Int = 1) {
    self.init(plan, unfolding: unfolding, workspaceCount: 0)
  }

  /// - Parameter workspaceCount: floats that ``workspace`` has at least.
  package init(_ plan: Plan, unfolding: Int = 1, workspaceCount: Int) {
    precondition(unfolding >= 1, "a stream takes at least one frame at a time")
    self.plan = plan
    self.unfolding = unfolding
    program = plan.program
    let count =
      program.workspaceStart + max(plan.workspaceCount(unfolding: unfolding), workspaceCount)
    memory = UnsafeMutableRawPointer.allocate(
      byteCount: 4 * count, alignment: Int(sparrow_plan_alignment))
    memory.initializeMemory(as: UInt32.self, repeating: 0, count: count)
  }

  deinit { memory.deallocate() }

  /// Where a step works. Between steps it is anyone's: no step depends on what lies there.
  package var workspace: UnsafeMutableRawPointer { memory + 4 * program.workspaceStart }

  /// Takes one frame and gives one.
  ///
  /// - Parameters:
  ///   - frame: `plan.inputWidth` values.
  ///   - output: `plan.outputWidth` values to write.
  #if !DEBUG  // the compiler proves it only where it sees the whole module
    @_noAllocation @_noLocks
  #endif
  public mutating func step(_ frame: Span<Float>, into output: inout MutableSpan<Float>) {
    let isFrame = frame.count == program.inputWidth
    precondition(isFrame, "a frame has the plan's input width")
    run(frame, into: &output)
  }

  /// Takes any number of frames, one after the other, and gives as many.
  ///
  /// - Parameters:
  ///   - frames: n × `plan.inputWidth` values.
  ///   - output: n × `plan.outputWidth` values to write.
  #if !DEBUG  // the compiler proves it only where it sees the whole module
    @_noAllocation @_noLocks
  #endif
  public mutating func run(_ frames: Span<Float>, into output: inout MutableSpan<Float>) {
    let count = checkedCount(frames, output)
    guard count > 0 else { return }
    // Both spans outlive the loop; a closure around it would count references.
    let first = frames.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    var observer = NoObserver()
    run(first, count: count, into: result, observer: &observer)
  }

  /// As ``run(_:into:)``, and adds what was done to `count`, which belongs to the same network.
  public mutating func run(
    _ frames: Span<Float>, into output: inout MutableSpan<Float>,
    counting count: inout OperationCount
  ) {
    precondition(count.matrices.count == program.matrixCount, "counts of another network")
    let steps = checkedCount(frames, output)
    guard steps > 0 else { return }
    let first = frames.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    count.add(steps: steps) { run(first, count: steps, into: result, observer: &$0) }
  }

  /// Frames in `frames`, which have to be whole and fit `output`.
  @inline(__always)
  private func checkedCount(_ frames: Span<Float>, _ output: borrowing MutableSpan<Float>) -> Int {
    let count = frames.count / program.inputWidth
    let areWhole = frames.count == count * program.inputWidth
    precondition(areWhole, "frames have to be whole")
    let areMatched = output.count == count * program.outputWidth
    precondition(areMatched, "as many frames out as in")
    return count
  }

  @inline(__always)
  private func run(
    _ first: UnsafePointer<Float>, count: Int, into result: UnsafeMutablePointer<Float>,
    observer: inout some StepObserver
  ) {
    let program = program
    let memory = stepMemory
    let unfolding = program.isInteger ? 1 : unfolding
    var i = 0
    while i < count {
      let input = first + i * program.inputWidth
      let output = result + i * program.outputWidth
      if unfolding == 1 {
        program.step(input, into: output, memory: memory, observer: &observer)
        i += 1
      } else {
        let frames = min(unfolding, count - i)
        program.pass(input, frames: frames, into: output, memory: memory, observer: &observer)
        i += frames
      }
    }
  }

  @inline(__always)
  private var stepMemory: StreamMemory {
    StreamMemory(state: memory, scratch: workspace)
  }

  /// Takes one frame of integers and gives one, where the plan is of integers: fixed-point numbers
  /// as ``Plan/fixedPoint`` says. No number of floating point is involved.
  ///
  /// - Parameters:
  ///   - frame: `plan.inputWidth` values.
  ///   - output: `plan.outputWidth` values to write.
  #if !DEBUG  // the compiler proves it only where it sees the whole module
    @_noAllocation @_noLocks
  #endif
  public mutating func step(_ frame: Span<Int16>, into output: inout MutableSpan<Int16>) {
    let isInteger = program.isInteger
    precondition(isInteger, "a plan of integers")
    let areMatched = frame.count == program.inputWidth && output.count == program.outputWidth
    precondition(areMatched, "frames have the plan's widths")
    let first = frame.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    var observer = NoObserver()
    program.step(first, into: result, memory: stepMemory, observer: &observer)
  }

  /// As `step(_:into:)`, and adds what was done to `count`, which belongs to the same network.
  public mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    counting count: inout OperationCount
  ) {
    precondition(frame.count == program.inputWidth, "a frame has the plan's input width")
    run(frame, into: &output, counting: &count)
  }

  /// As `step(_:into:)` where both lie at one place: the frame there becomes the output.
  package mutating func step(inPlace values: UnsafeMutablePointer<Float>) {
    var observer = NoObserver()
    program.step(values, into: values, memory: stepMemory, observer: &observer)
  }

  /// The same, and adds what was done to `count`, which belongs to the same network.
  package mutating func step(
    inPlace values: UnsafeMutablePointer<Float>, counting count: inout OperationCount
  ) {
    precondition(count.matrices.count == program.matrixCount, "counts of another network")
    let memory = stepMemory
    count.add(steps: 1) { program.step(values, into: values, memory: memory, observer: &$0) }
  }

  /// As `step(_:into:)`, watched.
  package mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    observer: inout some StepObserver
  ) {
    precondition(frame.count == program.inputWidth && output.count == program.outputWidth)
    let first = frame.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    program.step(first, into: result, memory: stepMemory, observer: &observer)
  }

  /// Begins a new sequence.
  public mutating func reset() {
    memory.initializeMemory(as: UInt32.self, repeating: 0, count: plan.stateCount)
  }

  /// A second stream that goes on from the same point, on its own.
  public func copy() -> NetworkStream {
    let other = NetworkStream(plan, unfolding: unfolding)
    other.memory.copyMemory(from: memory, byteCount: 4 * plan.stateCount)
    return other
  }

  /// Everything that the stream remembers of the frames it has taken.
  ///
  /// - Precondition: a state that is set comes from a plan of the same network.
  public var state: StreamState {
    get {
      StreamState(fingerprint: plan.fingerprint, wordCount: stateWordCount) { write(to: &$0) }
    }
    set {
      precondition(newValue.belongs(to: plan), "a state of another network")
      newValue.values.withUnsafeBytes {
        guard let words = $0.baseAddress else { return }
        var reader = StateReader(words)
        read(from: &reader)
      }
    }
  }
}

/// The bytes are those of ``StreamState/encode()``.
extension NetworkStream: StateBytesCarrying {
  public var stateByteCount: Int { framedByteCount }
  public func writeState(to bytes: UnsafeMutableRawBufferPointer) { writeFramed(to: bytes) }
  public mutating func readState(from bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try readFramed(from: bytes)
  }
  public func checkState(_ bytes: UnsafeRawBufferPointer) throws(StreamStateError) {
    try checkFrame(of: bytes)
  }

  package static var stateLetters: StaticString { StreamState.letters }
  package var stateIdentity: UInt64 { plan.fingerprint }
  package var stateWordCount: Int { plan.stateValueCount }

  package func write(to writer: inout StateWriter) {
    for segment in plan.stateSegments {
      writer.write(memory + 4 * Int(segment.start), count: Int(segment.count))
    }
  }

  package mutating func read(from reader: inout StateReader) {
    for segment in plan.stateSegments {
      reader.read(memory + 4 * Int(segment.start), count: Int(segment.count))
    }
  }
}
