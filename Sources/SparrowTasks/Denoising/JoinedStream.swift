/// Signals as one stream, with silence before each: how a denoiser meets recordings that follow
/// each other, and where each of them is found again.
struct JoinedStream {
  private(set) var samples: [Float] = []
  private var places: [Range<Int>] = []

  /// - Parameter silence: zeros before the signal.
  mutating func append(_ signal: [Float], after silence: Int) {
    samples += [Float](repeating: 0, count: silence)
    places.append(samples.count..<samples.count + signal.count)
    samples += signal
  }

  /// Where the signals are in a stream that is as long, and aligned.
  func pieces(of output: [Float]) -> [[Float]] { places.map { Array(output[$0]) } }
}
