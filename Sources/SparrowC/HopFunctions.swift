// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

typealias HopDenoiserHandle = Handle<Denoiser>
typealias HopSpotterHandle = Handle<Spotter>

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_denoiser_create(
  _ model: OpaquePointer?, _ denoiser: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self)
    guard let denoiser else { throw Failure(SPARROW_ERROR_NULL) }
    do throws(FrontEndError) {
      give(HopDenoiserHandle(try Denoiser(model.plan)), to: denoiser)
    } catch {
      throw Failure(SPARROW_ERROR_KIND)
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_denoiser_destroy(_ denoiser: OpaquePointer?) {
  release(denoiser, HopDenoiserHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_denoiser_lag(_ denoiser: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(denoiser, HopDenoiserHandle.self).runner.lag
  } catch {
    return 0
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_denoiser_process(
  _ denoiser: OpaquePointer?, _ input: UnsafePointer<Float>?,
  _ output: UnsafeMutablePointer<Float>?
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(denoiser, HopDenoiserHandle.self)
    let hop = handle.runner.hop
    try check(input, count: hop)
    try check(output, count: hop)
    let samples = UnsafeBufferPointer(start: input, count: hop)
    var clean = UnsafeMutableBufferPointer(start: output, count: hop).mutableSpan
    handle.runner.process(samples.span, into: &clean)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_denoiser_reset(_ denoiser: OpaquePointer?) -> sparrow_status {
  status { () throws(Failure) in try object(denoiser, HopDenoiserHandle.self).runner.reset() }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_spotter_create(
  _ model: OpaquePointer?, _ spotter: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self)
    guard let spotter else { throw Failure(SPARROW_ERROR_NULL) }
    do throws(FrontEndError) {
      give(HopSpotterHandle(try Spotter(model.plan)), to: spotter)
    } catch {
      throw Failure(SPARROW_ERROR_KIND)
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_spotter_destroy(_ spotter: OpaquePointer?) {
  release(spotter, HopSpotterHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_spotter_process(
  _ spotter: OpaquePointer?, _ input: UnsafePointer<Int16>?,
  _ detection: UnsafeMutablePointer<sparrow_hop_detection>?
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(spotter, HopSpotterHandle.self)
    guard let input, let detection else { throw Failure(SPARROW_ERROR_NULL) }
    guard Int(bitPattern: input) % 2 == 0 else { throw Failure(SPARROW_ERROR_MISALIGNED) }
    let samples = UnsafeBufferPointer(start: input, count: handle.runner.hop)
    let heard = handle.runner.process(samples.span)
    detection.pointee = sparrow_hop_detection(
      found: heard == nil ? 0 : 1, word: UInt32(heard?.word ?? 0),
      confidence: heard?.confidence ?? 0)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_spotter_probabilities(
  _ spotter: OpaquePointer?, _ probabilities: UnsafeMutablePointer<Float>?
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(spotter, HopSpotterHandle.self)
    let count = handle.runner.wordCount + 1
    try check(probabilities, count: count)
    for i in 0..<count { probabilities![i] = handle.runner.probabilities[i] }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_hop_spotter_reset(_ spotter: OpaquePointer?) -> sparrow_status {
  status { () throws(Failure) in try object(spotter, HopSpotterHandle.self).runner.reset() }
}
