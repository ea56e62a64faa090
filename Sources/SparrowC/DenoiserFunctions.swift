// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

/// A denoiser behind a handle.
private final class DenoiserBox {
  var denoiser: StreamingDenoiser
  init(_ denoiser: consuming StreamingDenoiser) { self.denoiser = denoiser }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_create(
  _ model: OpaquePointer?, _ sample_rate: UInt32, _ block_size: UInt32,
  _ denoiser: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self)
    guard let denoiser else { throw Failure(SPARROW_ERROR_NULL) }
    let rate = try checkedRate(sample_rate)
    guard (1...1 << 16).contains(block_size) else { throw Failure(SPARROW_ERROR_RANGE) }
    do throws(FrontEndError) {
      let made = try StreamingDenoiser(
        model.plan, sampleRate: rate, blockSize: Int(block_size))
      give(DenoiserBox(made), to: denoiser)
    } catch {
      throw Failure(SPARROW_ERROR_KIND)
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_destroy(_ denoiser: OpaquePointer?) {
  release(denoiser, DenoiserBox.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_latency(_ denoiser: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(denoiser, DenoiserBox.self).denoiser.latency
  } catch {
    return 0
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_process(
  _ denoiser: OpaquePointer?, _ input: UnsafePointer<Float>?,
  _ output: UnsafeMutablePointer<Float>?, _ count: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(denoiser, DenoiserBox.self)
    try check(input, count: count)
    try check(output, count: count)
    guard count % box.denoiser.blockSize == 0 else { throw Failure(SPARROW_ERROR_RANGE) }
    guard let input, let output else { return }
    box.denoiser.process(input, count: count, into: output)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_set_attenuation_limit(
  _ denoiser: OpaquePointer?, _ decibels: Float
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(denoiser, DenoiserBox.self)
    guard (0...200).contains(decibels) || decibels == .infinity else {
      throw Failure(SPARROW_ERROR_RANGE)
    }
    box.denoiser.options.attenuationLimit = decibels == .infinity ? nil : decibels
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_set_mix(_ denoiser: OpaquePointer?, _ mix: Float) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(denoiser, DenoiserBox.self)
    guard (0...1).contains(mix) else { throw Failure(SPARROW_ERROR_RANGE) }
    box.denoiser.options.mix = mix
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_reset(_ denoiser: OpaquePointer?) -> sparrow_status {
  status { () throws(Failure) in try object(denoiser, DenoiserBox.self).denoiser.reset() }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_state_size(_ denoiser: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(denoiser, DenoiserBox.self).denoiser.stateByteCount
  } catch {
    return 0
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_save_state(
  _ denoiser: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(denoiser, DenoiserBox.self)
    box.denoiser.writeState(to: try checkedRoom(bytes, size, for: box.denoiser.stateByteCount))
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_restore_state(
  _ denoiser: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(denoiser, DenoiserBox.self)
    let bytes = try checkedBytes(bytes, size)
    do throws(StreamStateError) {
      try box.denoiser.readState(from: bytes)
    } catch {
      throw Failure(error)
    }
  }
}
