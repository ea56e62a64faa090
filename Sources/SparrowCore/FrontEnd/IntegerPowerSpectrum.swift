/// The power spectrum of real frames in 32-bit integers: radix-2 decimation in time of the frame as
/// half as many complex numbers (Cooley and Tukey 1965), with factors of 30 bits and products
/// rounded to the nearest.
struct IntegerPowerSpectrum {
  /// Of a frame: a power of two.
  let length: Int
  /// Where the complex numbers come from: half the length of places, bits reversed.
  let reversed: UnsafePointer<Int32>
  /// e^(-2 pi i k / length) for k up to half the length, 2^30 being one.
  let cosines: UnsafePointer<Int32>
  let sines: UnsafePointer<Int32>

  /// ⌊|2 X_k|² / 2¹²⌋ for the bins k up to half the length, X being the transform.
  ///
  /// - Parameter frame: `length` values whose magnitudes sum to less than 2^30, so that nothing
  ///   overflows; then as much room to work in. It is changed.
  func power(of frame: UnsafeMutablePointer<Int32>, into power: UnsafeMutablePointer<UInt64>) {
    let half = length / 2
    let re = frame + length
    let im = re + half
    for i in 0..<half {
      let from = Int(reversed[i])
      re[i] = frame[2 * from]
      im[i] = frame[2 * from + 1]
    }
    butterflies(re, im)
    // With Z the transform of even + i odd samples: 2 X_k = E + e^(-2πik/N) O, where E = Z_k +
    // Z*_(M-k) and O = -i (Z_k - Z*_(M-k)).
    for k in 0...half {
      let a = k == half ? 0 : k
      let b = k == 0 ? 0 : half - k
      let evenRe = Int64(re[a]) &+ Int64(re[b])
      let evenIm = Int64(im[a]) - Int64(im[b])
      let oddRe = Int64(im[a]) + Int64(im[b])
      let oddIm = Int64(re[b]) - Int64(re[a])
      let c = Int64(cosines[k])
      let s = Int64(sines[k])
      let x = evenRe &+ Self.rounded(c &* oddRe &- s &* oddIm)
      let y = evenIm &+ Self.rounded(c &* oddIm &+ s &* oddRe)
      power[k] = UInt64(truncatingIfNeeded: x &* x &+ y &* y) >> 12
    }
  }

  private func butterflies(
    _ re: UnsafeMutablePointer<Int32>, _ im: UnsafeMutablePointer<Int32>
  ) {
    let half = length / 2
    var width = 1
    while width < half {
      let step = half / width
      for start in stride(from: 0, to: half, by: 2 * width) {
        for j in 0..<width {
          let c = Int64(cosines[j &* step])
          let s = Int64(sines[j &* step])
          let top = start &+ j
          let bottom = top &+ width
          let x = Int64(re[bottom])
          let y = Int64(im[bottom])
          let u = Int32(truncatingIfNeeded: Self.rounded(c &* x &- s &* y))
          let v = Int32(truncatingIfNeeded: Self.rounded(c &* y &+ s &* x))
          re[bottom] = re[top] &- u
          im[bottom] = im[top] &- v
          re[top] = re[top] &+ u
          im[top] = im[top] &+ v
        }
      }
      width *= 2
    }
  }

  @inline(__always)
  private static func rounded(_ product: Int64) -> Int64 { (product &+ 1 << 29) >> 30 }
}
