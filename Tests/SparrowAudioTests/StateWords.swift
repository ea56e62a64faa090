import SparrowCore

@testable import SparrowAudioCore

// States of parts, as whole runners write them.

extension ShortTimeAnalysis {
  var state: [UInt32] {
    get { words(stateWordCount) { write(to: &$0) } }
    set { restore(newValue) { read(from: &$0) } }
  }
}

extension SpectralFeatures {
  var state: [UInt32] {
    get { words(stateWordCount) { write(to: &$0) } }
    set { restore(newValue) { read(from: &$0) } }
  }
}

private func words(_ count: Int, _ write: (inout StateWriter) -> Void) -> [UInt32] {
  [UInt32](unsafeUninitializedCapacity: count) { words, initialized in
    var writer = StateWriter(words.baseAddress!)
    write(&writer)
    initialized = count
  }
}

private func restore(_ words: [UInt32], _ read: (inout StateReader) -> Void) {
  words.withUnsafeBytes {
    var reader = StateReader($0.baseAddress!)
    read(&reader)
  }
}
