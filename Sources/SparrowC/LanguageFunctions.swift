// swift-format-ignore-file: AlwaysUseLowerCamelCase

import SparrowAudioCore
public import SparrowInterface

typealias LanguageHandle = Handle<LanguageStream>

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_create(
  _ model: OpaquePointer?, _ words_at_once: UInt32,
  _ language_model: UnsafeMutablePointer<OpaquePointer?>?
) -> sparrow_status {
  status { () throws(Failure) in
    let plan = try object(model, Model.self).plan
    guard let language_model else { throw Failure(SPARROW_ERROR_NULL) }
    guard plan.frontEndKind == .language else { throw Failure(SPARROW_ERROR_KIND) }
    guard (1...64).contains(words_at_once) else { throw Failure(SPARROW_ERROR_RANGE) }
    give(LanguageHandle(LanguageStream(plan, unfolding: Int(words_at_once))), to: language_model)
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_destroy(_ language_model: OpaquePointer?) {
  release(language_model, LanguageHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_read(
  _ language_model: OpaquePointer?, _ words: UnsafePointer<UInt32>?, _ count: Int,
  _ log_probability: UnsafeMutablePointer<Double>?
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(language_model, LanguageHandle.self)
    try check(words, count: count)
    var sum = 0.0
    if let words, count > 0 {
      for i in 0..<count where Int(words[i]) >= handle.runner.wordCount {
        throw Failure(SPARROW_ERROR_RANGE)
      }
      sum = UnsafeRawPointer(words).withMemoryRebound(to: Int32.self, capacity: count) {
        handle.runner.read(UnsafeBufferPointer(start: $0, count: count).span)
      }
    }
    log_probability?.pointee = sum
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_score(
  _ language_model: OpaquePointer?, _ word: UInt32, _ log_probability: UnsafeMutablePointer<Double>?
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(language_model, LanguageHandle.self)
    guard let log_probability else { throw Failure(SPARROW_ERROR_NULL) }
    guard Int(word) < handle.runner.wordCount else { throw Failure(SPARROW_ERROR_RANGE) }
    log_probability.pointee = handle.runner.logProbability(of: Int32(word))
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_scores(
  _ language_model: OpaquePointer?, _ log_probabilities: UnsafeMutablePointer<Float>?,
  _ count: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(language_model, LanguageHandle.self)
    guard count == handle.runner.wordCount else { throw Failure(SPARROW_ERROR_RANGE) }
    try check(log_probabilities, count: count)
    guard let log_probabilities else { return }
    for word in 0..<count {
      log_probabilities[word] = Float(handle.runner.logProbability(of: Int32(word)))
    }
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_best(
  _ language_model: OpaquePointer?, _ words: UnsafeMutablePointer<UInt32>?, _ count: Int
) -> sparrow_status {
  status { () throws(Failure) in
    let handle = try object(language_model, LanguageHandle.self)
    guard (0...handle.runner.wordCount).contains(count) else { throw Failure(SPARROW_ERROR_RANGE) }
    try check(words, count: count)
    guard let words else { return }
    handle.runner.findBest(UnsafeMutableBufferPointer(start: words, count: count))
  }
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_reset(_ language_model: OpaquePointer?) -> sparrow_status {
  reset(language_model, LanguageHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_state_size(_ language_model: OpaquePointer?) -> Int {
  stateSize(language_model, LanguageHandle.self)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_save_state(
  _ language_model: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> sparrow_status {
  saveState(language_model, LanguageHandle.self, bytes, size)
}

/// As `sparrow.h` says.
@c @implementation
public func sparrow_language_model_restore_state(
  _ language_model: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int
) -> sparrow_status {
  restoreState(language_model, LanguageHandle.self, bytes, size)
}
