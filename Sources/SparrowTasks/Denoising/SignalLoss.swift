#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Losses of a signal, with their gradients.
enum SignalLoss {
  /// Far below any audible level; keeps silence from dividing by zero.
  private static let silence = 1e-8

  /// Replaces a signal by the gradient of -SI-SNR with respect to it.
  ///
  /// With s and t zero-mean, p = (⟨s,t⟩ / |t|²) t and e = s - p, SI-SNR = 10 log10(|p|² / |e|²),
  /// and its gradient by s is (10 / ln 10) (2 p / |p|² - 2 e / |e|²). With a ceiling of c dB, |e|²
  /// has 10^(-c/10) |p|² added to it, which changes the gradient's part along p by the share that
  /// |e|² has of that sum.
  ///
  /// - Parameters:
  ///   - signal: `target.count` samples; on return, the gradient times `scale`.
  ///   - ceiling: dB; nil for none.
  /// - Returns: the SI-SNR in dB, below the ceiling.
  static func negativeSISNR(
    _ signal: UnsafeMutablePointer<Float>, _ target: UnsafeBufferPointer<Float>, scale: Double,
    ceiling: Double? = nil
  ) -> Double {
    let count = target.count
    var (sumS, sumT, cross, energyS, energyT) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in 0..<count {
      let s = Double(signal[i])
      let t = Double(target[i])
      sumS += s
      sumT += t
      cross += s * t
      energyS += s * s
      energyT += t * t
    }
    let n = Double(count)
    let (meanS, meanT) = (sumS / n, sumT / n)
    cross -= n * meanS * meanT
    energyS -= n * meanS * meanS
    energyT -= n * meanT * meanT
    let alpha = cross / (energyT + silence)
    let projection = alpha * cross
    let error = max(energyS - projection, 0)
    let tolerated = ceiling.map { exp(-$0 * log(10) / 10) * projection } ?? 0
    let sum = error + tolerated + silence
    let factor = -scale * 20 / log(10)
    let byP = Float(factor * alpha / (projection + silence) * (1 - tolerated / sum))
    let byE = Float(-factor / sum)
    let a = Float(alpha)
    let (mS, mT) = (Float(meanS), Float(meanT))
    for i in 0..<count {
      let t = target[i] - mT
      signal[i] = byP * t + byE * (signal[i] - mS - a * t)
    }
    return 10 * log10((projection + silence) / sum)
  }

  /// Replaces a signal by the gradient of its level with respect to it: 10 log10(|s|² / |n|² +
  /// 0.001), n being the noisy signal.
  ///
  /// - Returns: that level in dB, from -30.
  static func level(
    _ signal: UnsafeMutablePointer<Float>, noisy: UnsafeBufferPointer<Float>, scale: Double
  ) -> Double {
    var energy = 0.0
    var noise = silence
    for i in 0..<noisy.count {
      energy += Double(signal[i]) * Double(signal[i])
      noise += Double(noisy[i]) * Double(noisy[i])
    }
    let sum = energy + 1e-3 * noise
    let factor = Float(scale * 20 / log(10) / sum)
    for i in 0..<noisy.count { signal[i] *= factor }
    return 10 * log10(sum / noise)
  }
}
