// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

/// A spotter behind a handle.
private final class SpotterBox {
  var spotter: StreamingSpotter
  init(_ spotter: consuming StreamingSpotter) { self.spotter = spotter }
}

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
      give(SpotterBox(try StreamingSpotter(model.plan, sampleRate: rate)), to: spotter)
    } catch {
      throw Failure(SPARROW_ERROR_KIND)
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_destroy(_ spotter: OpaquePointer?) { release(spotter, SpotterBox.self) }

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_process(
  _ spotter: OpaquePointer?, _ input: UnsafePointer<Float>?, _ count: Int,
  _ detections: UnsafeMutablePointer<sparrow_detection>?, _ capacity: Int,
  _ found: UnsafeMutablePointer<Int>?
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(spotter, SpotterBox.self)
    try check(input, count: count)
    guard let found, detections != nil || capacity == 0 else { throw Failure(SPARROW_ERROR_NULL) }
    guard capacity >= 0 else { throw Failure(SPARROW_ERROR_RANGE) }
    var heard = 0
    if let input, count > 0 {
      let rate = Double(box.spotter.detectionRate)
      box.spotter.process(input, count: count) { detection in
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
    let box = try object(spotter, SpotterBox.self)
    guard threshold > 0, threshold < 1 else { throw Failure(SPARROW_ERROR_RANGE) }
    box.spotter.threshold = threshold
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_reset(_ spotter: OpaquePointer?) -> sparrow_status {
  status { () throws(Failure) in try object(spotter, SpotterBox.self).spotter.reset() }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_state_size(_ spotter: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(spotter, SpotterBox.self).spotter.stateByteCount
  } catch {
    return 0
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_save_state(
  _ spotter: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(spotter, SpotterBox.self)
    box.spotter.writeState(to: try checkedRoom(bytes, size, for: box.spotter.stateByteCount))
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_spotter_restore_state(
  _ spotter: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let box = try object(spotter, SpotterBox.self)
    let bytes = try checkedBytes(bytes, size)
    do throws(StreamStateError) {
      try box.spotter.readState(from: bytes)
    } catch {
      throw Failure(error)
    }
  }
}
