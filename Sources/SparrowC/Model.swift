// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

/// A plan behind a handle. Everything that is made of it keeps the plan, and so the image.
final class Model {
  let plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  /// A model over an image.
  ///
  /// - Parameter owner: keeps the image; nil where the caller does.
  static func checked(
    _ image: UnsafeRawBufferPointer, owner: AnyObject? = nil
  ) throws(Failure) -> Model {
    do throws(PlanError) {
      return Model(try Plan(image: image, owner: owner))
    } catch {
      throw Failure(error)
    }
  }

  /// A model over a copy of an image.
  static func copying(_ image: UnsafeRawBufferPointer) throws(Failure) -> Model {
    let memory = ImageMemory(image)
    return try checked(memory.bytes, owner: memory)
  }
}

/// The memory of a copied image.
private final class ImageMemory {
  let bytes: UnsafeRawBufferPointer

  init(_ image: UnsafeRawBufferPointer) {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(image.count, 1), alignment: Plan.imageAlignment)
    if let base = image.baseAddress { memory.copyMemory(from: base, byteCount: image.count) }
    bytes = UnsafeRawBufferPointer(start: memory, count: image.count)
  }

  deinit { bytes.deallocate() }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_create(
  _ bytes: UnsafeRawPointer?, _ size: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  create(model) { () throws(Failure) in try Model.copying(checkedBytes(bytes, size)) }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_create_in_place(
  _ bytes: UnsafeRawPointer?, _ size: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  create(model) { () throws(Failure) in try Model.checked(checkedBytes(bytes, size)) }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_create_builtin(
  _ name: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  create(model) { () throws(Failure) in
    guard let name else { throw Failure(SPARROW_ERROR_NULL) }
    var place: UInt32 = 0
    while let image = sparrow_builtin_image(place) {
      if isEqual(image.pointee.name, name) {
        return try Model.checked(
          UnsafeRawBufferPointer(start: image.pointee.bytes, count: image.pointee.size))
      }
      place += 1
    }
    throw Failure(SPARROW_ERROR_UNKNOWN_NAME)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_builtin_denoiser(_ sampleRate: UInt32) -> UnsafePointer<CChar>? {
  let name: StaticString =
    DenoisedBand(sampleRate: Int(sampleRate)) == .wide ? "denoiser" : "denoiser-full-band"
  return UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// Gives the caller a handle to what is made.
private func create(
  _ model: UnsafeMutablePointer<OpaquePointer?>?, _ make: () throws(Failure) -> Model
) -> sparrow_status {
  status { () throws(Failure) in
    guard let model else { throw Failure(SPARROW_ERROR_NULL) }
    give(try make(), to: model)
  }
}

private func isEqual(_ a: UnsafePointer<CChar>, _ b: UnsafePointer<CChar>) -> Bool {
  var i = 0
  while a[i] == b[i] {
    if a[i] == 0 { return true }
    i += 1
  }
  return false
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_destroy(_ model: OpaquePointer?) { release(model, Model.self) }

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_get_information(
  _ model: OpaquePointer?, _ information: UnsafeMutablePointer<sparrow_model_information>?
) -> sparrow_status {
  status { () throws(Failure) in
    let plan = try object(model, Model.self).plan
    guard let information else { throw Failure(SPARROW_ERROR_NULL) }
    // Kinds have the numbers of front ends in plans.
    let kind = sparrow_kind(plan.frontEndKind?.rawValue ?? SPARROW_KIND_NETWORK.rawValue)
    information.pointee = sparrow_model_information(
      kind: kind, sample_rate: UInt32(plan.sampleRate ?? 0), hop: UInt32(plan.hop ?? 0),
      input_width: UInt32(plan.inputWidth), output_width: UInt32(plan.outputWidth),
      word_count: UInt32(plan.wordCount), fingerprint: plan.fingerprint)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_word(_ model: OpaquePointer?, _ word: UInt32) -> UnsafePointer<CChar>? {
  do throws(Failure) {
    let plan = try object(model, Model.self).plan
    guard Int(word) < plan.wordCount else { return nil }
    return name(of: word, in: plan)
  } catch {
    return nil
  }
}

private func name(of word: UInt32, in plan: Plan) -> UnsafePointer<CChar> {
  UnsafeRawPointer(plan.name(ofWord: Int(word)).baseAddress!).assumingMemoryBound(to: CChar.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_model_find_word(
  _ model: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ word: UnsafeMutablePointer<UInt32>?
) -> sparrow_status {
  status { () throws(Failure) in
    let plan = try object(model, Model.self).plan
    guard let name, let word else { throw Failure(SPARROW_ERROR_NULL) }
    for i in 0..<UInt32(plan.wordCount) where isEqual(SparrowC.name(of: i, in: plan), name) {
      word.pointee = i
      return
    }
    throw Failure(SPARROW_ERROR_UNKNOWN_NAME)
  }
}
