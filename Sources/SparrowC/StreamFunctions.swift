// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

/// A bare network behind a handle.
private final class StreamBox {
  var stream: NetworkStream
  /// Keeps the image.
  let model: Model

  init(_ model: Model) {
    stream = NetworkStream(model.plan)
    self.model = model
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_create(
  _ model: OpaquePointer?, _ stream: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self)
    guard let stream else { throw Failure(SPARROW_ERROR_NULL) }
    give(StreamBox(model), to: stream)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_destroy(_ stream: OpaquePointer?) { release(stream, StreamBox.self) }

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_run(
  _ stream: OpaquePointer?, _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?,
  _ frames: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(stream, StreamBox.self)
    let plan = box.model.plan
    let widest = max(plan.inputWidth, plan.outputWidth)
    guard frames >= 0, frames <= Int.max / 8 / widest else { throw Failure(SPARROW_ERROR_RANGE) }
    try check(input, count: frames * plan.inputWidth)
    try check(output, count: frames * plan.outputWidth)
    guard frames > 0 else { return }
    let frame = UnsafeBufferPointer(start: input, count: frames * plan.inputWidth)
    var result = UnsafeMutableBufferPointer(start: output, count: frames * plan.outputWidth)
      .mutableSpan
    box.stream.run(frame.span, into: &result)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_reset(_ stream: OpaquePointer?) -> sparrow_status {
  status { () throws(Failure) in try object(stream, StreamBox.self).stream.reset() }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_state_size(_ stream: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(stream, StreamBox.self).stream.stateByteCount
  } catch {
    return 0
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_save_state(
  _ stream: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(stream, StreamBox.self)
    box.stream.writeState(to: try checkedRoom(bytes, size, for: box.stream.stateByteCount))
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_stream_restore_state(
  _ stream: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(stream, StreamBox.self)
    let bytes = try checkedBytes(bytes, size)
    do throws(StreamStateError) {
      try box.stream.readState(from: bytes)
    } catch {
      throw Failure(error)
    }
  }
}
