import Foundation
import SparrowSoundFiles

/// Sound as narrow-band equipment gives it: nothing above 4 kHz, and from a telephone nothing below
/// 300 Hz and 8 bits a sample.
struct NarrowBand: Sendable {
  let sampleRate: Int

  /// Samples per second of narrow-band equipment.
  static let rate = 8000

  /// - Parameter sampleRate: more than ``rate``.
  init(sampleRate: Int) {
    precondition(sampleRate > Self.rate, "sound that has a band to lose")
    self.sampleRate = sampleRate
  }

  /// The signal after 8,000 samples per second, aligned and as long.
  ///
  /// - Parameter isTelephone: whether it went through a telephone: a high-pass at 300 Hz, as
  ///   ITU-T G.712 asks for, and the μ-law of ITU-T G.711.
  func apply(to signal: [Float], isTelephone: Bool) -> [Float] {
    // The rates are within any resampler's limits.
    guard
      var narrow = try? Sound(sampleRate: sampleRate, channels: [signal])
        .resampled(to: Self.rate).channels[0]
    else { preconditionFailure("a ratio of rates above 256") }
    if isTelephone {
      HighPass(frequency: 300 / Double(Self.rate)).apply(to: &narrow)
      for i in narrow.indices { narrow[i] = MuLaw.rounded(narrow[i]) }
    }
    guard
      let wide = try? Sound(sampleRate: Self.rate, channels: [narrow])
        .resampled(to: sampleRate).channels[0]
    else { preconditionFailure("a ratio of rates above 256") }
    let missing = max(0, signal.count - wide.count)
    return Array(wide.prefix(signal.count)) + [Float](repeating: 0, count: missing)
  }
}

/// The 8-bit code of telephones (ITU-T G.711): a sign, three bits of a power of two, and four bits
/// between it and the next.
enum MuLaw {
  /// A sample after coding and decoding, clipped to what the code has.
  static func rounded(_ sample: Float) -> Float {
    // Magnitudes have 14 bits; 33 is added to them so that segments begin at powers of two.
    let magnitude = min(abs(sample) * 8192, 8158) + 33
    let step = exp2(log2(magnitude).rounded(.down) - 4)
    // A code stands for the middle of its interval.
    let middle = ((magnitude / step).rounded(.down) + 0.5) * step - 33
    return (sample < 0 ? -middle : middle) / 8192
  }
}
