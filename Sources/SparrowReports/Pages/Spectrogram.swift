import Foundation
import SparrowFigures

/// The power of a sound over time and frequency, in dB: a sine of full scale has 0 dB.
struct Spectrogram {
  /// Rows of frequency, lowest first; columns of time.
  let rows: Int
  let columns: Int
  private let values: [Float]

  /// Computes the spectrogram by Hann windows of 512 samples, at most `limit` of them, evenly
  /// spaced.
  init(_ samples: [Float], limit: Int = 640) {
    let length = 512
    rows = length / 2
    columns = max(1, min(limit, samples.count / 128))
    var values = [Float](repeating: 0, count: rows * columns)
    let window = (0..<length).map { 0.5 - 0.5 * cos(2 * Float.pi * Float($0) / Float(length)) }
    var transform = RealSpectrum(length: length)
    var frame = [Float](repeating: 0, count: length)
    let step = Double(max(samples.count - length, 0)) / Double(max(columns - 1, 1))
    for column in 0..<columns {
      let start = Int(Double(column) * step)
      for i in 0..<length {
        frame[i] = start + i < samples.count ? samples[start + i] * window[i] : 0
      }
      let power = transform.power(of: frame)
      for row in 0..<rows {
        // The window's sum is half its length, and a sine has half its power at +f.
        values[row * columns + column] =
          10 * log10(power[row] * 16 / Float(length * length) + 1e-12)
      }
    }
    self.values = values
  }

  /// The level that all but a fraction of the cells stay below.
  func level(above share: Double) -> Double {
    let sorted = values.sorted()
    return Double(sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)])
  }

  /// The picture, highest frequency at the top.
  ///
  /// - Parameter range: Levels in dB of the darkest and the brightest colour.
  func image(_ range: ClosedRange<Double>) -> PixelImage {
    var image = PixelImage(width: columns, height: rows, palette: ColorScale.heat)
    let span = max(range.upperBound - range.lowerBound, 1)
    for row in 0..<rows {
      for column in 0..<columns {
        let share = (Double(values[row * columns + column]) - range.lowerBound) / span
        image[rows - 1 - row, column] = UInt8((255 * min(max(share, 0), 1)).rounded())
      }
    }
    return image
  }
}

/// The power spectrum of real frames by the Fourier transform of Cooley and Tukey (1965), radix 2.
struct RealSpectrum {
  private let length: Int
  private let cosines: [Float]
  private let sines: [Float]
  private var real: [Float]
  private var imaginary: [Float]

  /// - Precondition: `length` is a power of two.
  init(length: Int) {
    precondition(length > 0 && length & (length - 1) == 0, "a power of two")
    self.length = length
    let angles = (0..<max(length / 2, 1)).map { -2 * Double.pi * Double($0) / Double(length) }
    cosines = angles.map { Float(cos($0)) }
    sines = angles.map { Float(sin($0)) }
    real = [Float](repeating: 0, count: length)
    imaginary = real
  }

  /// |X[k]|² for k from 0 to length / 2 - 1.
  mutating func power(of frame: [Float]) -> [Float] {
    var reversed = 0
    for i in 0..<length {
      real[reversed] = frame[i]
      imaginary[reversed] = 0
      var bit = length >> 1
      while bit > 0, reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
    }
    var half = 1
    while half < length {
      let stride = length / (2 * half)
      for start in Swift.stride(from: 0, to: length, by: 2 * half) {
        for k in 0..<half {
          let (c, s) = (cosines[k * stride], sines[k * stride])
          let (a, b) = (start + k, start + k + half)
          let re = c * real[b] - s * imaginary[b]
          let im = c * imaginary[b] + s * real[b]
          (real[b], imaginary[b]) = (real[a] - re, imaginary[a] - im)
          (real[a], imaginary[a]) = (real[a] + re, imaginary[a] + im)
        }
      }
      half *= 2
    }
    return (0..<length / 2).map { real[$0] * real[$0] + imaginary[$0] * imaginary[$0] }
  }
}
