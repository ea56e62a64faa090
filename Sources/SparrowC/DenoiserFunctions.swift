// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

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
      give(DenoiserHandle(made), to: denoiser)
    } catch {
      throw Failure(SPARROW_ERROR_KIND)
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_destroy(_ denoiser: OpaquePointer?) {
  release(denoiser, DenoiserHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_latency(_ denoiser: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(denoiser, DenoiserHandle.self).runner.latency
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
    let handle = try object(denoiser, DenoiserHandle.self)
    try check(input, count: count)
    try check(output, count: count)
    guard count % handle.runner.blockSize == 0 else { throw Failure(SPARROW_ERROR_RANGE) }
    guard let input, let output else { return }
    handle.runner.process(input, count: count, into: output)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_set_attenuation_limit(
  _ denoiser: OpaquePointer?, _ decibels: Float
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(denoiser, DenoiserHandle.self)
    guard (0...200).contains(decibels) || decibels == .infinity else {
      throw Failure(SPARROW_ERROR_RANGE)
    }
    handle.runner.options.attenuationLimit = decibels == .infinity ? nil : decibels
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_set_mix(_ denoiser: OpaquePointer?, _ mix: Float) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(denoiser, DenoiserHandle.self)
    guard (0...1).contains(mix) else { throw Failure(SPARROW_ERROR_RANGE) }
    handle.runner.options.mix = mix
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_reset(_ denoiser: OpaquePointer?) -> sparrow_status {
  reset(denoiser, DenoiserHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_state_size(_ denoiser: OpaquePointer?) -> Int {
  stateSize(denoiser, DenoiserHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_save_state(
  _ denoiser: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  saveState(denoiser, DenoiserHandle.self, bytes, size)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_restore_state(
  _ denoiser: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  restoreState(denoiser, DenoiserHandle.self, bytes, size)
}
