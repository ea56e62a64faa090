import CSparrow

/// One running instance of a network: a shared ``Plan`` and a state of its own.
///
/// ```swift
/// var stream = Stream(plan)
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
public struct Stream: ~Copyable {
  public let plan: Plan
  /// The plan without what owns its memory, so that a step counts no references.
  private let program: Program
  /// The state, then the scratch memory.
  private let memory: UnsafeMutableRawPointer

  /// A stream at the beginning of its sequence: the state is zero.
  public init(_ plan: Plan) {
    self.plan = plan
    program = plan.program
    memory = UnsafeMutableRawPointer.allocate(
      byteCount: plan.streamByteCount, alignment: Int(sparrow_plan_alignment))
    memory.initializeMemory(as: UInt32.self, repeating: 0, count: plan.memoryCount)
  }

  deinit { memory.deallocate() }

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
    let inputWidth = program.inputWidth
    let outputWidth = program.outputWidth
    let program = program
    let memory = memory
    let count = frames.count / inputWidth
    let areWhole = frames.count == count * inputWidth
    precondition(areWhole, "frames have to be whole")
    let areMatched = output.count == count * outputWidth
    precondition(areMatched, "as many frames out as in")
    guard count > 0 else { return }
    // Both spans outlive the loop; a closure around it would count references.
    let first = frames.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    var observer = NoObserver()
    var i = 0
    while i < count {
      program.step(
        first + i * inputWidth, into: result + i * outputWidth, memory: memory,
        observer: &observer)
      i += 1
    }
  }

  /// Takes one frame of integers and gives one, where the plan is of integers: fixed-point numbers as
  /// ``Plan/fixedPoint`` says. No number of floating point is involved.
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
    program.step(first, into: result, memory: memory, observer: &observer)
  }

  /// As ``step(_:into:)``, and adds what was done to `count`, which belongs to the same network.
  public mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    counting count: inout OperationCount
  ) {
    precondition(frame.count == program.inputWidth, "a frame has the plan's input width")
    precondition(output.count == program.outputWidth, "the output has the plan's output width")
    precondition(count.matrices.count == program.matrixCount, "counts of another network")
    let program = program
    let memory = memory
    frame.withUnsafeBufferPointer { frame in
      output.withUnsafeMutableBufferPointer { output in
        count.add { counter in
          program.step(
            frame.baseAddress!, into: output.baseAddress!, memory: memory, observer: &counter)
        }
      }
    }
  }

  /// As ``step(_:into:)``, watched.
  package mutating func step(
    _ frame: Span<Float>, into output: inout MutableSpan<Float>,
    observer: inout some StepObserver
  ) {
    precondition(frame.count == program.inputWidth && output.count == program.outputWidth)
    let first = frame.withUnsafeBufferPointer { $0.baseAddress! }
    let result = output.withUnsafeMutableBufferPointer { $0.baseAddress! }
    program.step(first, into: result, memory: memory, observer: &observer)
  }

  /// Begins a new sequence.
  public mutating func reset() {
    memory.initializeMemory(as: UInt32.self, repeating: 0, count: plan.memoryCount)
  }

  /// A second stream that goes on from the same point, on its own.
  public func copy() -> Stream {
    let other = Stream(plan)
    other.memory.copyMemory(from: memory, byteCount: 4 * plan.stateCount)
    return other
  }

  /// Everything that the stream remembers of the frames it has taken.
  ///
  /// - Precondition: a state that is set comes from a plan of the same network.
  public var state: StreamState {
    get { StreamState(plan: plan, memory: memory) }
    set {
      precondition(newValue.belongs(to: plan), "a state of another network")
      newValue.write(to: memory, plan)
    }
  }
}
