import Foundation

/// Plays a signal faster or slower, which changes its pitch as well, by interpolation with a
/// windowed sinc (Smith and Gossett 1984).
///
/// The filter has 32 taps under Kaiser's window and is taken from a table of 128 phases, between
/// which it is interpolated linearly: images and aliases are some 50 dB down, except close to the
/// highest frequency.
struct SpeedChange: Sendable {
  private static let taps = 32
  private static let phases = 128
  /// Of the lower highest frequency: where the filter has lost half.
  private static let cutoff = 0.97

  /// By phase and tap.
  private let window: [Float]

  init() {
    let half = Double(Self.taps) / 2
    let shape = 5.0
    window = (0...Self.phases).flatMap { phase in
      (0..<Self.taps).map { tap in
        let t = (Double(tap) - half + 1 - Double(phase) / Double(Self.phases)) / half
        return Float(Self.bessel(shape * max(0, 1 - t * t).squareRoot()) / Self.bessel(shape))
      }
    }
  }

  /// Samples of the source that `count` samples at `speed` take.
  static func sourceCount(for count: Int, speed: Double) -> Int {
    Int((Double(count) * speed).rounded(.up))
  }

  /// The source at times 0, speed, 2 speed, ...
  ///
  /// - Parameters:
  ///   - source: ``sourceCount(for:speed:)`` samples; silence is assumed around them.
  ///   - speed: above 1 is faster.
  func apply(_ speed: Double, to source: [Float], count: Int) -> [Float] {
    precondition(speed > 0 && source.count >= Self.sourceCount(for: count, speed: speed))
    let table = self.table(speed: speed)
    let before = [Float](repeating: 0, count: Self.taps / 2 - 1)
    let after = [Float](repeating: 0, count: Self.taps / 2 + 1)
    let padded = before + source + after
    return [Float](unsafeUninitializedCapacity: max(1, count)) { output, initialized in
      table.withUnsafeBytes { table in
        padded.withUnsafeBytes { padded in
          for i in 0..<count {
            let position = Double(i) * speed
            let first = Int(position)
            let phase = (position - Double(first)) * Double(Self.phases)
            let row = Int(phase)
            let share = SIMD16<Float>(repeating: Float(phase - Double(row)))
            var sum = SIMD16<Float>()
            for tap in stride(from: 0, to: Self.taps, by: 16) {
              func load(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> SIMD16<Float> {
                bytes.loadUnaligned(fromByteOffset: 4 * index, as: SIMD16<Float>.self)
              }
              let low = load(table, row * Self.taps + tap)
              let high = load(table, (row + 1) * Self.taps + tap)
              sum += (low + share * (high - low)) * load(padded, first + tap)
            }
            output[i] = sum.sum()
          }
        }
      }
      initialized = count
    }
  }

  /// The filter by phase and tap. Faster playing needs a lower cutoff, or what rises above half the
  /// sample rate would be folded back.
  private func table(speed: Double) -> [Float] {
    let cutoff = Float(Self.cutoff / max(1, speed))
    var table = window
    for phase in 0...Self.phases {
      let fraction = Float(phase) / Float(Self.phases)
      for tap in 0..<Self.taps {
        let x = Float.pi * cutoff * (Float(tap + 1 - Self.taps / 2) - fraction)
        table[phase * Self.taps + tap] *= cutoff * (abs(x) < 1e-4 ? 1 : sin(x) / x)
      }
    }
    return table
  }

  /// The modified Bessel function of the first kind and order 0, by its power series.
  private static func bessel(_ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for k in 1...32 {
      term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
      sum += term
    }
    return sum
  }
}
