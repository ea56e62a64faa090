import SparrowAudio

/// The relative error of a masked spectrum, compressed, with its gradient.
///
/// For a bin, with x the noisy spectrum, t the clean one, both under the network's own window, m
/// the mask, q = m^c, a = |x|^c and b = |t|^c, the error is
///
///     (1 - λ) (q a - b)² (1 + ρ [q a < b]) + λ |q a e^{i arg x} - b e^{i arg t}|²
///
/// (Braun and Tashev 2021, with a penalty ρ on speech that is taken away), summed over a scene and
/// divided by the sum of b².
struct SpectrumLoss {
  private let transform: ShortTimeTransform
  private let options: DenoisingLossOptions
  private let work: BatchMemory

  init(_ transform: ShortTimeTransform, options: DenoisingLossOptions) {
    self.transform = transform
    self.options = options
    work = BatchMemory(5 * transform.stride)
  }

  /// The sum of b² over bins.
  func energy(_ target: UnsafePointer<Float>) -> Double {
    let b = work.values
    compress(re: target, im: target + transform.stride, into: b)
    var sum: Float = 0
    for i in 0..<transform.bins { sum += b[i] * b[i] }
    return Double(sum)
  }

  /// - Parameters:
  ///   - spectrum, target: real parts, then, ``ShortTimeTransform/stride`` on, imaginary ones.
  ///   - mask: between 0 and the mask's gain.
  ///   - gradient: by what each bin's mask is the sigmoid of, times `scale`.
  /// - Returns: the error's sum over bins.
  func add(
    spectrum: UnsafePointer<Float>, target: UnsafePointer<Float>, mask: UnsafePointer<Float>,
    scale: Double, gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let stride = transform.stride
    let (a, b, q, zero) = (
      work.values, work.values + stride, work.values + 2 * stride, work.values + 3 * stride
    )
    compress(re: spectrum, im: spectrum + stride, into: a)
    compress(re: target, im: target + stride, into: b)
    compress(re: mask, im: zero, into: q)
    let phase = Float(options.phaseShare)
    let removal = Float(options.removal)
    let scale = Float(scale * options.exponent)
    let inverseGain = 1 / transform.maskGain
    var sum: Float = 0
    for i in 0..<transform.bins {
      let (xr, xi) = (spectrum[i], spectrum[stride + i])
      let (tr, ti) = (target[i], target[stride + i])
      let product = (xr * xr + xi * xi) * (tr * tr + ti * ti) + Self.floor
      let cosine = (xr * tr + xi * ti) / product.squareRoot()
      let (qa, t) = (q[i] * a[i], b[i])
      let difference = qa - t
      let weight = (1 - phase) * (difference < 0 ? 1 + removal : 1)
      sum += weight * difference * difference + phase * (qa * qa + t * t - 2 * qa * t * cosine)
      let byQ = 2 * a[i] * (weight * difference + phase * (qa - t * cosine))
      gradient[i] = scale * byQ * q[i] * (1 - mask[i] * inverseGain)
    }
    return Double(sum)
  }

  private static let floor: Float = 1e-20

  private func compress(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    transform.kernels.spectrumPower(
      transform.bins, re: re, im: im, floor: 1e-12, power: Float(options.exponent / 2), output)
  }
}
