import Foundation

/// A Butterworth low-pass of the fourth order, as two biquads.
struct LowPass: Sendable {
  private var sections: [(b: Double, a1: Double, a2: Double)] = []

  /// - Parameter frequency: where it has lost 3 dB, by the sample rate; below 0.5.
  init(frequency: Double) {
    let warped = tan(.pi * frequency)
    for angle in [Double.pi / 8, 3 * .pi / 8] {
      let q = 1 / (2 * cos(angle))
      let scale = 1 / (1 + warped / q + warped * warped)
      sections.append(
        (
          warped * warped * scale, 2 * (warped * warped - 1) * scale,
          (1 - warped / q + warped * warped) * scale
        ))
    }
  }

  /// From a state of silence.
  func apply(to signal: inout [Float]) {
    for (b, a1, a2) in sections {
      var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
      for i in signal.indices {
        let x = Double(signal[i])
        let y = b * (x + 2 * x1 + x2) - a1 * y1 - a2 * y2
        (x2, x1, y2, y1) = (x1, x, y1, y)
        signal[i] = Float(y)
      }
    }
  }
}
