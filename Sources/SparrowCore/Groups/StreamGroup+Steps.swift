import CSparrow

extension StreamGroup {
  /// Has some streams take a frame each.
  ///
  /// - Parameters:
  ///   - streams: Their indices, each once, in any order. The others stay as they are.
  ///   - frames: A frame for each, in the same order: `plan.inputWidth` values.
  ///   - outputs: `plan.outputWidth` values to write for each, in the same order.
  #if !DEBUG  // the compiler proves it only where it sees the whole module
    @_noAllocation @_noLocks
  #endif
  public mutating func step(
    _ streams: Span<Int>, _ frames: Span<Float>, into outputs: inout MutableSpan<Float>
  ) {
    let areFrames = frames.count == streams.count * program.inputWidth
    precondition(areFrames, "a frame for each stream")
    let areMatched = outputs.count == streams.count * program.outputWidth
    precondition(areMatched, "as many frames out as streams")
    guard streams.count > 0 else { return }
    place(streams)
    let first = frames.withUnsafeBufferPointer { $0.baseAddress! }
    let result = outputs.withUnsafeMutableBufferPointer { $0.baseAddress! }
    let (inputWidth, outputWidth) = (program.inputWidth, program.outputWidth)
    if let lanes {
      runBlocks(
        lanes, put: { $0.put(first + $1 * inputWidth, $2) },
        take: { $0.take($2, into: result + $1 * outputWidth) })
    } else {
      run(streams, first, into: result)
    }
    release(streams)
  }

  /// The same with frames of integers, where the plan is in fixed point: see ``Plan/fixedPoint``.
  #if !DEBUG  // the compiler proves it only where it sees the whole module
    @_noAllocation @_noLocks
  #endif
  public mutating func step(
    _ streams: Span<Int>, _ frames: Span<Int16>, into outputs: inout MutableSpan<Int16>
  ) {
    let isInteger = program.isInteger
    precondition(isInteger, "a plan of integers")
    let areFrames = frames.count == streams.count * program.inputWidth
    precondition(areFrames, "a frame for each stream")
    let areMatched = outputs.count == streams.count * program.outputWidth
    precondition(areMatched, "as many frames out as streams")
    guard streams.count > 0 else { return }
    place(streams)
    let first = frames.withUnsafeBufferPointer { $0.baseAddress! }
    let result = outputs.withUnsafeMutableBufferPointer { $0.baseAddress! }
    let (inputWidth, outputWidth) = (program.inputWidth, program.outputWidth)
    if let lanes {
      runBlocks(
        lanes, put: { $0.put(first + $1 * inputWidth, $2) },
        take: { $0.take($2, into: result + $1 * outputWidth) })
    } else {
      run(streams, first, into: result)
    }
    release(streams)
  }

  /// Takes note of where each stream's frame is.
  @inline(__always)
  private func place(_ streams: Span<Int>) {
    var i = 0
    while i < streams.count {
      let index = streams[i]
      precondition(index >= 0, "an index of a stream")
      precondition(index < capacity, "an index of a stream")
      precondition(isTaken[index], "a stream of the group")
      precondition(places[index] < 0, "each stream once")
      places[index] = Int32(truncatingIfNeeded: i)
      i += 1
    }
  }

  @inline(__always)
  private func release(_ streams: Span<Int>) {
    var i = 0
    while i < streams.count {
      places[streams[i]] = -1
      i += 1
    }
  }

  @inline(__always)
  private func run(
    _ streams: Span<Int>, _ frames: UnsafePointer<Float>, into outputs: UnsafeMutablePointer<Float>
  ) {
    var observer = NoObserver()
    var i = 0
    while i < streams.count {
      program.step(
        frames + i * program.inputWidth, into: outputs + i * program.outputWidth,
        memory: memory(of: streams[i]), observer: &observer)
      i += 1
    }
  }

  @inline(__always)
  private func run(
    _ streams: Span<Int>, _ frames: UnsafePointer<Int16>, into outputs: UnsafeMutablePointer<Int16>
  ) {
    var observer = NoObserver()
    var i = 0
    while i < streams.count {
      program.step(
        frames + i * program.inputWidth, into: outputs + i * program.outputWidth,
        memory: memory(of: streams[i]), observer: &observer)
      i += 1
    }
  }

  /// Steps of the blocks that have frames.
  ///
  /// - Parameters:
  ///   - put: writes the frame at a place of the step to a lane.
  ///   - take: writes what comes out of a lane to a place.
  @inline(__always)
  private func runBlocks(
    _ lanes: LaneProgram,
    put: (_ frames: LaneFrames, _ place: Int, _ lane: Int) -> Void,
    take: (_ frames: LaneFrames, _ place: Int, _ lane: Int) -> Void
  ) {
    let steps = scratch.assumingMemoryBound(to: Int32.self)
    let frames = LaneFrames(program, lanes.kernels, steps + laneCount)
    let blockStateCount = laneCount * program.stateCount
    var first = 0
    while first < capacity {
      defer { first += laneCount }
      var isEmpty = true
      var lane = 0
      while lane < laneCount {
        let place = places[first + lane]
        steps[lane] = place >= 0 ? -1 : 0
        if place >= 0 {
          put(frames, Int(place), lane)
          isEmpty = false
        }
        lane += 1
      }
      if isEmpty { continue }
      let memory = LaneMemory(
        image: program.image, kernels: lanes.kernels, limit: program.header.limit,
        scratch: steps + laneCount * (1 + LaneFrames.wordCount(program)),
        states: states.assumingMemoryBound(to: Int32.self)
          + first / laneCount * blockStateCount, steps: steps)
      frames.enter(memory)
      lanes.runLayers(memory)
      frames.leave(memory)
      lane = 0
      while lane < laneCount {
        if steps[lane] != 0 { take(frames, Int(places[first + lane]), lane) }
        lane += 1
      }
    }
  }

  /// Of a stream that takes its step by itself.
  @inline(__always)
  private func memory(of index: Int) -> StreamMemory {
    StreamMemory(state: states + 4 * index * program.stateCount, scratch: scratch)
  }
}
