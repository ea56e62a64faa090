// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

typealias StreamHandle = Handle<NetworkStream>

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_create(
  _ model: OpaquePointer?, _ stream: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self)
    guard let stream else { throw Failure(SPARROW_ERROR_NULL) }
    give(StreamHandle(NetworkStream(model.plan)), to: stream)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_destroy(_ stream: OpaquePointer?) { release(stream, StreamHandle.self) }

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_run(
  _ stream: OpaquePointer?, _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?,
  _ frames: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(stream, StreamHandle.self)
    try handle.check(input, output, frames: frames)
    handle.run(input, output, frames: frames)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_run_many(
  _ streams: UnsafePointer<OpaquePointer?>?, _ inputs: UnsafePointer<UnsafePointer<Float>?>?,
  _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>?, _ stream_count: Int, _ frames: Int
) -> sparrow_status {
  status { () throws(Failure) in
    try forEach(
      streams, StreamHandle.self, count: stream_count, inputs, outputs,
      check: { handle, input, output throws(Failure) in
        try handle.check(input, output, frames: frames)
      }, run: { $0.run($1, $2, frames: frames) })
  }
}

extension StreamHandle {
  fileprivate func check(
    _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?, frames: Int
  ) throws(Failure) {
    let plan = runner.plan
    let widest = max(plan.inputWidth, plan.outputWidth)
    guard frames >= 0, frames <= Int.max / 8 / widest else { throw Failure(SPARROW_ERROR_RANGE) }
    try SparrowC.check(input, count: frames * plan.inputWidth)
    try SparrowC.check(output, count: frames * plan.outputWidth)
    guard let input else { return }
    // They would stay in the state for ever.
    for i in 0..<frames * plan.inputWidth where !input[i].isFinite {
      throw Failure(SPARROW_ERROR_NOT_FINITE)
    }
  }

  fileprivate func run(
    _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?, frames: Int
  ) {
    guard frames > 0 else { return }
    let plan = runner.plan
    let frame = UnsafeBufferPointer(start: input, count: frames * plan.inputWidth)
    var result = UnsafeMutableBufferPointer(start: output, count: frames * plan.outputWidth)
      .mutableSpan
    runner.run(frame.span, into: &result)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_reset(_ stream: OpaquePointer?) -> sparrow_status {
  reset(stream, StreamHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_state_size(_ stream: OpaquePointer?) -> Int {
  stateSize(stream, StreamHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_save_state(
  _ stream: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  saveState(stream, StreamHandle.self, bytes, size)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_restore_state(
  _ stream: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  restoreState(stream, StreamHandle.self, bytes, size)
}
