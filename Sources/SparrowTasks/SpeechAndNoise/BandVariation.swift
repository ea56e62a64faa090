import Foundation
import SparrowTraining

/// Data augmentation of the logarithms of mel bands' energies: spectral tilt and ripple of rooms
/// and microphones, and masks (SpecAugment; Park et al. 2019).
struct BandVariation: Sendable {
  /// Maximum spectral tilt over all bands, in octaves of energy.
  var tilt: Double
  /// Maximum spectral ripple, in octaves of energy.
  var ripple: Double
  var frequencyMasks: Int
  /// In bands.
  var frequencyMaskWidth: Int
  var timeMasks: Int
  /// In frames.
  var timeMaskWidth: Int

  /// - Parameter features: Frames × bands, one frame every `stride` values.
  func vary(
    _ features: UnsafeMutablePointer<Float>, frames: Int, bands: Int, stride: Int,
    _ random: inout RandomNumbers
  ) {
    let slope = random.uniform(in: -1...1) * tilt
    let ripple = random.uniform(in: 0...1) * ripple
    let waves = random.uniform(in: 0.5...3)
    let phase = random.uniform(in: 0...2 * .pi)
    for band in 0..<bands {
      let x = Double(band) / Double(bands)
      let offset = Float(slope * (x - 0.5) + ripple * cos(2 * .pi * waves * x + phase))
      for frame in 0..<frames { features[frame * stride + band] += offset }
    }
    var means = [Float](repeating: 0, count: bands)
    for frame in 0..<frames {
      for band in 0..<bands { means[band] += features[frame * stride + band] / Float(frames) }
    }
    func hide(_ frameRange: Range<Int>, _ bandRange: Range<Int>) {
      for frame in frameRange {
        for band in bandRange { features[frame * stride + band] = means[band] }
      }
    }
    func part(of count: Int, width: Int) -> Range<Int> {
      let width = min(random.index(below: width + 1), count)
      let start = random.index(below: count - width + 1)
      return start..<start + width
    }
    for _ in 0..<frequencyMasks {
      hide(0..<frames, part(of: bands, width: frequencyMaskWidth))
    }
    for _ in 0..<timeMasks { hide(part(of: frames, width: timeMaskWidth), 0..<bands) }
  }
}
