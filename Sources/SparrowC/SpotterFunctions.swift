// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

typealias SpotterHandle = Handle<StreamingSpotter>

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_create(
  _ model: OpaquePointer?, _ sample_rate: UInt32, _ spotter: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let model = try object(model, Model.self)
    guard let spotter else { throw Failure(SPARROW_ERROR_NULL) }
    let rate = try checkedRate(sample_rate)
    do throws(FrontEndError) {
      give(SpotterHandle(try StreamingSpotter(model.plan, sampleRate: rate)), to: spotter)
    } catch {
      throw Failure(SPARROW_ERROR_KIND)
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_destroy(_ spotter: OpaquePointer?) {
  release(spotter, SpotterHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_process(
  _ spotter: OpaquePointer?, _ input: UnsafePointer<Float>?, _ count: Int,
  _ detections: UnsafeMutablePointer<sparrow_detection>?, _ capacity: Int,
  _ found: UnsafeMutablePointer<Int>?
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(spotter, SpotterHandle.self)
    try check(input, count: count)
    guard let found, detections != nil || capacity == 0 else { throw Failure(SPARROW_ERROR_NULL) }
    guard capacity >= 0 else { throw Failure(SPARROW_ERROR_RANGE) }
    var heard = 0
    if let input, count > 0 {
      let rate = Double(handle.runner.detectionRate)
      handle.runner.process(input, count: count) { detection in
        if heard < capacity {
          detections![heard] = sparrow_detection(
            seconds: Double(detection.time) / rate, word: UInt32(detection.word),
            confidence: detection.confidence)
        }
        heard += 1
      }
    }
    found.pointee = heard
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_set_threshold(
  _ spotter: OpaquePointer?, _ threshold: Float
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(spotter, SpotterHandle.self)
    handle.runner.threshold = try checkedThreshold(threshold)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_reset(_ spotter: OpaquePointer?) -> sparrow_status {
  reset(spotter, SpotterHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_state_size(_ spotter: OpaquePointer?) -> Int {
  stateSize(spotter, SpotterHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_save_state(
  _ spotter: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  saveState(spotter, SpotterHandle.self, bytes, size)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_restore_state(
  _ spotter: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  restoreState(spotter, SpotterHandle.self, bytes, size)
}
