// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

typealias DenoiserHandle = Handle<StreamingDenoiser>

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
    try handle.check(input, output, count: count)
    handle.process(input, output, count: count)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_process_many(
  _ denoisers: UnsafePointer<OpaquePointer?>?, _ inputs: UnsafePointer<UnsafePointer<Float>?>?,
  _ outputs: UnsafePointer<UnsafeMutablePointer<Float>?>?, _ denoiser_count: Int, _ count: Int
) -> sparrow_status {
  status { () throws(Failure) in
    try forEach(
      denoisers, DenoiserHandle.self, count: denoiser_count, inputs, outputs,
      check: { handle, input, output throws(Failure) in
        try handle.check(input, output, count: count)
      }, run: { $0.process($1, $2, count: count) })
  }
}

extension DenoiserHandle {
  fileprivate func check(
    _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?, count: Int
  ) throws(Failure) {
    try SparrowC.check(input, count: count)
    try SparrowC.check(output, count: count)
    guard count % runner.blockSize == 0 else { throw Failure(SPARROW_ERROR_RANGE) }
  }

  fileprivate func process(
    _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?, count: Int
  ) {
    guard let input, let output else { return }
    runner.process(input, count: count, into: output)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_set_attenuation_limit(
  _ denoiser: OpaquePointer?, _ decibels: Float
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(denoiser, DenoiserHandle.self)
    handle.runner.options.attenuationLimit = try checkedLimit(decibels)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_denoiser_set_mix(_ denoiser: OpaquePointer?, _ mix: Float) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(denoiser, DenoiserHandle.self)
    handle.runner.options.mix = try checkedMix(mix)
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
