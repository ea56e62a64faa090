// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

/// An error on its way to becoming what a function returns.
struct Failure: Error {
  let status: sparrow_status

  init(_ status: sparrow_status) { self.status = status }

  init(_ error: PlanError) {
    status =
      switch error {
      case .truncated: SPARROW_ERROR_TRUNCATED
      case .notAPlan: SPARROW_ERROR_NOT_A_PLAN
      case .unsupportedVersion: SPARROW_ERROR_VERSION
      case .misaligned: SPARROW_ERROR_MISALIGNED
      case .missingKernels, .otherInstructionSet: SPARROW_ERROR_UNSUPPORTED
      case .invalidLayer, .invalidLayout, .invalidFrontEnd: SPARROW_ERROR_INVALID
      }
  }

  init(_ error: StreamStateError) {
    status =
      switch error {
      case .notAState: SPARROW_ERROR_STATE
      case .unsupportedVersion: SPARROW_ERROR_VERSION
      case .otherNetwork: SPARROW_ERROR_OTHER_NETWORK
      case .truncated: SPARROW_ERROR_TRUNCATED
      }
  }
}

extension sparrow_status {
  fileprivate var text: StaticString {
    switch self {
    case SPARROW_OK: "no error"
    case SPARROW_ERROR_NULL: "a pointer is null"
    case SPARROW_ERROR_MISALIGNED:
      "an image does not begin at a multiple of 64 bytes, or samples at one of 4"
    case SPARROW_ERROR_TRUNCATED: "bytes are missing, or there are too many"
    case SPARROW_ERROR_NOT_A_PLAN:
      "the bytes are no plan; `sparrow pack` makes one of a model file"
    case SPARROW_ERROR_VERSION:
      "it was made by another version of Sparrow; `sparrow pack` makes a plan anew"
    case SPARROW_ERROR_INVALID: "the plan contradicts itself"
    case SPARROW_ERROR_KIND: "the network is made for another task"
    case SPARROW_ERROR_RANGE: "a number is out of its range"
    case SPARROW_ERROR_STATE: "the bytes are no state of such an object"
    case SPARROW_ERROR_OTHER_NETWORK: "the state is one of another network or sample rate"
    case SPARROW_ERROR_UNKNOWN_NAME: "there is no network or word of that name"
    case SPARROW_ERROR_NOT_FINITE: "a value of a frame is infinite or not a number"
    case SPARROW_ERROR_UNSUPPORTED:
      "this processor, or the library as it was built, lacks the kernels that the plan needs"
    case SPARROW_ERROR_FULL: "there is no room for another"
    default: "no such status"
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_status_text(_ status: sparrow_status) -> UnsafePointer<CChar>! {
  characters(status.text)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_version() -> UnsafePointer<CChar>! { characters("0.1.0") }

private func characters(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// Runs what may fail, and returns its status.
func status(_ body: () throws(Failure) -> Void) -> sparrow_status {
  do throws(Failure) {
    try body()
    return SPARROW_OK
  } catch {
    return error.status
  }
}

/// The object behind a handle.
func object<Object: AnyObject>(
  _ handle: OpaquePointer?, _ type: Object.Type
) throws(Failure) -> Object {
  guard let handle else { throw Failure(SPARROW_ERROR_NULL) }
  return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
}

/// Gives the caller a handle that owns an object.
func give<Object: AnyObject>(
  _ object: Object, to handle: UnsafeMutablePointer<OpaquePointer?>
) {
  handle.pointee = OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// Lets go of what a handle owns.
func release<Object: AnyObject>(_ handle: OpaquePointer?, _ type: Object.Type) {
  if let handle { Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release() }
}

/// Whether samples from outside may be read: there are none, or they lie somewhere, aligned.
func check(_ samples: UnsafeRawPointer?, count: Int) throws(Failure) {
  guard count >= 0, count <= Int.max / 8 else { throw Failure(SPARROW_ERROR_RANGE) }
  guard count > 0 else { return }
  guard let samples else { throw Failure(SPARROW_ERROR_NULL) }
  guard Int(bitPattern: samples) % 4 == 0 else { throw Failure(SPARROW_ERROR_MISALIGNED) }
}

/// Bytes from outside that are to be read.
func checkedBytes(
  _ bytes: UnsafeRawPointer?, _ size: Int
) throws(Failure) -> UnsafeRawBufferPointer {
  guard let bytes else { throw Failure(SPARROW_ERROR_NULL) }
  guard size >= 0 else { throw Failure(SPARROW_ERROR_RANGE) }
  return UnsafeRawBufferPointer(start: bytes, count: size)
}

/// Calls `check` with the object behind each of some handles and where its samples lie, and then
/// `run`: all are checked before one of them changes.
func forEach<Object: AnyObject>(
  _ handles: UnsafePointer<OpaquePointer?>?, _ type: Object.Type, count: Int,
  _ inputs: UnsafePointer<UnsafePointer<Float>?>?,
  _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>?,
  check: (Object, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) throws(Failure) -> Void,
  run: (Object, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
) throws(Failure) {
  guard count >= 0 else { throw Failure(SPARROW_ERROR_RANGE) }
  guard count > 0 else { return }
  guard let handles, let inputs, let outputs else { throw Failure(SPARROW_ERROR_NULL) }
  for i in 0..<count { try check(try object(handles[i], type), inputs[i], outputs[i]) }
  for i in 0..<count { run(try object(handles[i], type), inputs[i], outputs[i]) }
}

/// A sample rate from outside: 0 for the network's.
func checkedRate(_ rate: UInt32) throws(Failure) -> Int? {
  guard rate != 0 else { return nil }
  guard let rate = Int(exactly: rate), SampleRates.supported.contains(rate) else {
    throw Failure(SPARROW_ERROR_RANGE)
  }
  return rate
}

/// A limit of attenuation from outside, in dB: infinity for none.
func checkedLimit(_ decibels: Float) throws(Failure) -> Float? {
  if decibels == .infinity { return nil }
  guard (0...200).contains(decibels) else { throw Failure(SPARROW_ERROR_RANGE) }
  return decibels
}

/// A mix from outside.
func checkedMix(_ mix: Float) throws(Failure) -> Float {
  guard (0...1).contains(mix) else { throw Failure(SPARROW_ERROR_RANGE) }
  return mix
}

/// A threshold from outside.
func checkedThreshold(_ threshold: Float) throws(Failure) -> Float {
  guard threshold > 0, threshold < 1 else { throw Failure(SPARROW_ERROR_RANGE) }
  return threshold
}
