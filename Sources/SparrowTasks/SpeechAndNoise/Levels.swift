import Foundation

/// Powers and peaks of signals.
enum Levels {
  /// In dB: beyond, amplitudes leave single precision.
  static let range: ClosedRange<Double> = -200...200

  /// Whether all are levels or ratios, in dB, that signals can have.
  static func contain(_ levels: ClosedRange<Double>...) -> Bool {
    levels.allSatisfy { range.contains($0.lowerBound) && range.contains($0.upperBound) }
  }

  /// The mean of the squares; 0 for no samples.
  static func meanSquare(_ signal: UnsafeBufferPointer<Float>) -> Double {
    guard let base = signal.baseAddress, signal.count > 0 else { return 0 }
    var lanes = SIMD8<Double>()
    let whole = signal.count & ~7
    for i in stride(from: 0, to: whole, by: 8) {
      let value = UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Float>.self)
      let wide = SIMD8<Double>(value)
      lanes += wide * wide
    }
    var sum = lanes.sum()
    for i in whole..<signal.count { sum += Double(base[i]) * Double(base[i]) }
    return sum / Double(signal.count)
  }

  static func meanSquare(_ signal: [Float]) -> Double {
    signal.withUnsafeBufferPointer { meanSquare($0) }
  }

  /// The largest magnitude; 0 for no samples.
  static func peak(_ signal: UnsafeBufferPointer<Float>) -> Float {
    guard let base = signal.baseAddress else { return 0 }
    var high = SIMD8<Float>()
    var low = SIMD8<Float>()
    let whole = signal.count & ~7
    for i in stride(from: 0, to: whole, by: 8) {
      let value = UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Float>.self)
      high = high.replacing(with: value, where: value .> high)
      low = low.replacing(with: value, where: value .< low)
    }
    var peak = max(high.max(), -low.min())
    for i in whole..<signal.count { peak = max(peak, abs(base[i])) }
    return peak
  }

  static func decibels(power: Double) -> Double { 10 * log10(power) }

  /// The factor on amplitudes that changes a level by `decibels`.
  static func amplitude(decibels: Double) -> Double { exp(decibels * (log(10) / 20)) }
}
