#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Losses of a signal, with their gradients.
enum SignalLoss {
  /// Replaces a signal by the gradient of -SI-SNR with respect to it.
  ///
  /// With s and t zero-mean, p = (⟨s,t⟩ / |t|²) t and e = s - p, SI-SNR = 10 log10(|p|² / |e|²), and its
  /// gradient by s is (10 / ln 10) (2 p / |p|² - 2 e / |e|²).
  ///
  /// - Parameters:
  ///   - signal: `target.count` samples; on return, the gradient times `scale`.
  /// - Returns: the SI-SNR in dB.
  static func negativeSISNR(
    _ signal: UnsafeMutablePointer<Float>, _ target: [Float], scale: Double
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
    // Far below any audible level; keeps silence from dividing by zero.
    let silence = 1e-8
    let alpha = cross / (energyT + silence)
    let projection = alpha * cross
    let error = max(energyS - projection, 0) + silence
    let factor = -scale * 20 / log(10)
    let byP = Float(factor * alpha / (projection + silence))
    let byE = Float(-factor / error)
    let a = Float(alpha)
    let (mS, mT) = (Float(meanS), Float(meanT))
    for i in 0..<count {
      let t = target[i] - mT
      signal[i] = byP * t + byE * (signal[i] - mS - a * t)
    }
    return 10 * log10((projection + silence) / error)
  }
}
