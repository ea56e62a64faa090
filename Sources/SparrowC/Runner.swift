import SparrowAudioCore
import SparrowInterface

/// A runner behind a handle.
final class Handle<Runner: StateCarrying & ~Copyable> {
  var runner: Runner
  init(_ runner: consuming Runner) { self.runner = runner }
}

// Functions that are the same for all runners.

func reset<Runner: StateCarrying & ~Copyable>(
  _ handle: OpaquePointer?, _ type: Handle<Runner>.Type
) -> sparrow_status {
  status { () throws(Failure) in try object(handle, type).runner.reset() }
}

func stateSize<Runner: StateCarrying & ~Copyable>(
  _ handle: OpaquePointer?, _ type: Handle<Runner>.Type
) -> Int {
  do throws(Failure) {
    return try object(handle, type).runner.stateByteCount
  } catch {
    return 0
  }
}

func saveState<Runner: StateCarrying & ~Copyable>(
  _ handle: OpaquePointer?, _ type: Handle<Runner>.Type, _ bytes: UnsafeMutableRawPointer?,
  _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(handle, type)
    guard let bytes else { throw Failure(SPARROW_ERROR_NULL) }
    guard size == handle.runner.stateByteCount else { throw Failure(SPARROW_ERROR_TRUNCATED) }
    handle.runner.writeState(to: UnsafeMutableRawBufferPointer(start: bytes, count: size))
  }
}

func restoreState<Runner: StateCarrying & ~Copyable>(
  _ handle: OpaquePointer?, _ type: Handle<Runner>.Type, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(handle, type)
    let bytes = try checkedBytes(bytes, size)
    do throws(StreamStateError) {
      try handle.runner.readState(from: bytes)
    } catch {
      throw Failure(error)
    }
  }
}
