import SparrowCore

@testable import SparrowAudioCore

// Parts of whole runners: their states, and their work in memory that holds anything.

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

extension ShortTimeAnalysis {
  mutating func push(
    _ samples: UnsafePointer<Float>, re: UnsafeMutablePointer<Float>,
    im: UnsafeMutablePointer<Float>
  ) {
    var work = anything
    push(samples, re: re, im: im, work: &work)
  }
}

extension ShortTimeSynthesis {
  mutating func push(re: [Float], im: [Float], _ samples: UnsafeMutablePointer<Float>) {
    var work = anything
    var spectrum = re + im
    push(spectrum: &spectrum, samples, work: &work)
  }
}

extension SpectralFeatures {
  mutating func push(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, _ features: UnsafeMutablePointer<Float>
  ) {
    var work = anything
    push(re: re, im: im, features, work: &work)
  }
}

/// Enough for windows of 2,048 samples.
private var anything: [Float] { [Float](repeating: .nan, count: 4096) }

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
