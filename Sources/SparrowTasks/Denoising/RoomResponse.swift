import Foundation
import SparrowTraining

/// The impulse response of a small made-up room: the direct sound, and after a gap noise that
/// decays exponentially (Polack's model).
struct RoomResponse {
  /// Taps; the first is the direct sound, 1.
  var taps: [Float]
  /// The taps of the first 50 ms alone.
  var early: [Float]

  /// Seconds in which the longest reverberation decays by 60 dB, and at which it is cut.
  static let longestReverberation = 0.45

  /// A room with a reverberation time of 80 to 450 ms, the first reflection after 1 to 5 ms, and
  /// reflections that carry 0 to 15 dB less energy than the direct sound.
  init(sampleRate: Int, _ random: inout RandomNumbers) {
    let rate = Double(sampleRate)
    let count = Int(random.uniform(in: 0.08...Self.longestReverberation) * rate)
    let gap = max(1, Int(random.uniform(in: 0.001...0.005) * rate))
    let reflected = Levels.amplitude(decibels: -random.uniform(in: 0...15))
    taps = [Float](repeating: 0, count: count)
    // -60 dB over all taps.
    let decay = pow(10, -3 / Double(count))
    var envelope = pow(decay, Double(gap))
    var energy = 0.0
    for i in gap..<count {
      let tap = envelope * random.normal()
      taps[i] = Float(tap)
      energy += tap * tap
      envelope *= decay
    }
    let scale = Float(reflected / energy.squareRoot())
    for i in gap..<count { taps[i] *= scale }
    taps[0] = 1
    early = Array(taps.prefix(sampleRate / 20))
  }
}
