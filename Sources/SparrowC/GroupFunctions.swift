// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_create(
  _ model: OpaquePointer?, _ kind: sparrow_kind, _ capacity: UInt32,
  _ group: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let plan = try object(model, Model.self).plan
    guard let group else { throw Failure(SPARROW_ERROR_NULL) }
    guard (1...1 << 16).contains(capacity) else { throw Failure(SPARROW_ERROR_RANGE) }
    give(try makeGroup(plan, kind, capacity: Int(capacity)), to: group)
  }
}

private func makeGroup(
  _ plan: Plan, _ kind: sparrow_kind, capacity: Int
) throws(Failure) -> Group {
  do throws(FrontEndError) {
    switch kind {
    case SPARROW_KIND_NETWORK: return GroupHandle(StreamGroup(plan, capacity: capacity))
    case SPARROW_KIND_DENOISER: return GroupHandle(try DenoiserGroup(plan, capacity: capacity))
    case SPARROW_KIND_SPOTTER: return GroupHandle(try SpotterGroup(plan, capacity: capacity))
    default: break
    }
  } catch {}
  throw Failure(SPARROW_ERROR_KIND)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_destroy(_ group: OpaquePointer?) { release(group, Group.self) }

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_add(
  _ group: OpaquePointer?, _ index: UnsafeMutablePointer<UInt32>?
) -> sparrow_status {
  status { () throws(Failure) in
    let group = try object(group, Group.self)
    guard let index else { throw Failure(SPARROW_ERROR_NULL) }
    guard let added = group.add() else { throw Failure(SPARROW_ERROR_FULL) }
    index.pointee = UInt32(added)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_remove(_ group: OpaquePointer?, _ index: UInt32) -> sparrow_status {
  status { () throws(Failure) in try object(group, Group.self).remove(index) }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_reset(_ group: OpaquePointer?, _ index: UInt32) -> sparrow_status {
  status { () throws(Failure) in try object(group, Group.self).reset(index) }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_step(
  _ group: OpaquePointer?, _ indices: UnsafePointer<UInt32>?, _ count: Int,
  _ input: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>?
) -> sparrow_status {
  status { () throws(Failure) in
    try object(group, Group.self).step(indices, count, input, output)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_spot(
  _ group: OpaquePointer?, _ indices: UnsafePointer<UInt32>?, _ count: Int,
  _ input: UnsafePointer<Float>?, _ detections: UnsafeMutablePointer<sparrow_hop_detection>?
) -> sparrow_status {
  status { () throws(Failure) in
    try object(group, Group.self).spot(indices, count, input, detections)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_set_denoising(
  _ group: OpaquePointer?, _ index: UInt32, _ attenuation_limit: Float, _ mix: Float
) -> sparrow_status {
  status { () throws(Failure) in
    let group = try object(group, Group.self)
    var options = DenoisingOptions()
    options.attenuationLimit = try checkedLimit(attenuation_limit)
    options.mix = try checkedMix(mix)
    try group.setDenoising(options, of: index)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_set_threshold(
  _ group: OpaquePointer?, _ index: UInt32, _ threshold: Float
) -> sparrow_status {
  status { () throws(Failure) in
    let group = try object(group, Group.self)
    try group.setThreshold(try checkedThreshold(threshold), of: index)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_state_size(_ group: OpaquePointer?) -> Int {
  do throws(Failure) {
    return try object(group, Group.self).stateByteCount
  } catch {
    return 0
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_save_state(
  _ group: OpaquePointer?, _ index: UInt32, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let group = try object(group, Group.self)
    let bytes = UnsafeMutableRawBufferPointer(mutating: try checkedBytes(bytes, size))
    try group.saveState(index, to: bytes)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_group_restore_state(
  _ group: OpaquePointer?, _ index: UInt32, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  status { () throws(Failure) in
    try object(group, Group.self).restoreState(index, from: try checkedBytes(bytes, size))
  }
}
