import Foundation

/// Second-order sections of a filter, one after the other, in double precision.
private struct Biquads: Sendable {
  /// Of b (1 + `sign` 2 z⁻¹ + z⁻²) / (1 + a1 z⁻¹ + a2 z⁻²).
  var sections: [(b: Double, a1: Double, a2: Double)]
  /// 1 where a signal passes at 0 Hz, -1 where it passes at half of the sample rate.
  var sign: Double

  /// From a state of silence.
  func apply(to signal: inout [Float]) {
    for (b, a1, a2) in sections {
      var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
      for i in signal.indices {
        let x = Double(signal[i])
        let y = b * (x + sign * 2 * x1 + x2) - a1 * y1 - a2 * y2
        (x2, x1, y2, y1) = (x1, x, y1, y)
        signal[i] = Float(y)
      }
    }
  }

  /// A Butterworth filter of the fourth order.
  ///
  /// - Parameter frequency: where it has lost 3 dB, by the sample rate; below 0.5.
  static func butterworth(frequency: Double, passesLow: Bool) -> Biquads {
    let warped = tan(.pi * frequency)
    let sections = [Double.pi / 8, 3 * .pi / 8].map { angle in
      let q = 1 / (2 * cos(angle))
      let scale = 1 / (1 + warped / q + warped * warped)
      return (
        b: (passesLow ? warped * warped : 1) * scale, a1: 2 * (warped * warped - 1) * scale,
        a2: (1 - warped / q + warped * warped) * scale
      )
    }
    return Biquads(sections: sections, sign: passesLow ? 1 : -1)
  }
}

/// A Butterworth low-pass of the fourth order.
struct LowPass: Sendable {
  private let biquads: Biquads

  /// - Parameter frequency: where it has lost 3 dB, by the sample rate; below 0.5.
  init(frequency: Double) {
    biquads = .butterworth(frequency: frequency, passesLow: true)
  }

  /// From a state of silence.
  func apply(to signal: inout [Float]) { biquads.apply(to: &signal) }
}

/// A Butterworth high-pass of the fourth order.
struct HighPass: Sendable {
  private let biquads: Biquads

  /// - Parameter frequency: where it has lost 3 dB, by the sample rate; below 0.5.
  init(frequency: Double) {
    biquads = .butterworth(frequency: frequency, passesLow: false)
  }

  /// From a state of silence.
  func apply(to signal: inout [Float]) { biquads.apply(to: &signal) }
}
