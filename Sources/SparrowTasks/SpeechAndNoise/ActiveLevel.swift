/// Powers of speech and noise over the segments in which the noise is active.
///
/// As the synthesizer of the N-DNS challenge measures them (`active_rms` of its `audiolib`): the
/// signals are cut into segments of 100 ms, and those count in which the noise, its peak normalised
/// to full scale, has a level above -50 dB. A noise of a few clicks is then not raised until it
/// would fill its pauses.
enum ActiveLevel {
  static let threshold = -50.0

  /// - Parameters:
  ///   - speech, noise: as many samples of each.
  /// - Returns: mean squares over the active segments; nil if there is none.
  static func powers(
    speech: [Float], noise: [Float], sampleRate: Int
  ) -> (speech: Double, noise: Double)? {
    let peak = Double(noise.withUnsafeBufferPointer { Levels.peak($0) })
    guard peak > 0 else { return nil }
    let segment = max(1, sampleRate / 10)
    let amplitude = Levels.amplitude(decibels: threshold) * peak
    var count = 0
    var speechEnergy = 0.0
    var noiseEnergy = 0.0
    for start in stride(from: 0, to: noise.count, by: segment) {
      let range = start..<min(start + segment, noise.count)
      func power(_ signal: [Float]) -> Double {
        signal.withUnsafeBufferPointer {
          Levels.meanSquare(UnsafeBufferPointer(rebasing: $0[range]))
        }
      }
      let noisePower = power(noise)
      guard noisePower > amplitude * amplitude else { continue }
      count += range.count
      noiseEnergy += noisePower * Double(range.count)
      speechEnergy += power(speech) * Double(range.count)
    }
    guard count > 0 else { return nil }
    return (speechEnergy / Double(count), noiseEnergy / Double(count))
  }
}
