public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A signal on its way into logarithms of mel bands' energies, in integers throughout: the same on every
/// machine, and what a processor without floating point can compute. Floating point only makes tables.
///
/// For a window of 16-bit samples x and the periodic Hann window w, band b gives
/// log2(2^20 + Σ_k m_bk ⌊|2⁷ X_k|² / 2¹²⌋) − 32 in steps of 2⁻⁹, X being the Fourier transform of w ⊙ x and
/// m_bk the band's triangle in steps of 2⁻¹². 2²⁰ is about the energy of half a step of 16-bit sound, so
/// digital silence is not far below a quiet room.
public struct LogMelSpectrum: ~Copyable {
  /// A feature is worth 2^-this.
  public static let exponent = 9
  private static let floor: UInt64 = 1 << 20
  private static let center = 32 << 9

  private let tables: MelTables
  private let transform: IntegerFourierTransform
  private let history: UnsafeMutablePointer<Int16>
  private let work: UnsafeMutablePointer<Int32>
  private let power: UnsafeMutablePointer<UInt64>

  public init(_ frontEnd: KeywordFrontEnd) {
    tables = MelTables(frontEnd)
    transform = IntegerFourierTransform(length: frontEnd.window)
    history = .allocate(capacity: frontEnd.window)
    history.initialize(repeating: 0, count: frontEnd.window)
    work = .allocate(capacity: 2 * frontEnd.window)
    work.initialize(repeating: 0, count: 2 * frontEnd.window)
    power = .allocate(capacity: frontEnd.bins)
    power.initialize(repeating: 0, count: frontEnd.bins)
  }

  deinit {
    history.deallocate()
    work.deallocate()
    power.deallocate()
  }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - features: a value for each band to write.
  public mutating func push(_ samples: Span<Int16>, into features: inout MutableSpan<Int16>) {
    let window = tables.frontEnd.window
    let hop = tables.frontEnd.hop
    precondition(samples.count == hop && features.count == tables.frontEnd.bands)
    let kept = window - hop
    for i in 0..<kept { history[i] = history[i + hop] }
    for i in 0..<hop { history[kept + i] = samples[i] }
    // 24 bits of the window, of which 18 are rounded away: 6 more than samples have.
    let hann = tables.hann
    for i in 0..<window {
      let product = Int64(history[i]) &* Int64(hann[i])
      work[i] = Int32(truncatingIfNeeded: (product &+ 1 << 17) >> 18)
    }
    transform.power(of: work, into: power)
    for band in 0..<tables.frontEnd.bands {
      let first = tables.firstBins[band]
      let start = tables.starts[band]
      let end = tables.starts[band + 1]
      var energy = Self.floor
      for i in start..<end { energy &+= UInt64(tables.weights[i]) &* power[first + i - start] }
      features[band] = Int16(truncatingIfNeeded: tables.log2(energy) - Self.center)
    }
  }

  public mutating func reset() { history.update(repeating: 0, count: tables.frontEnd.window) }

  /// Samples that the next frames still see.
  package var state: [Int16] {
    get { Array(UnsafeBufferPointer(start: history, count: tables.frontEnd.window)) }
    set { history.update(from: newValue, count: tables.frontEnd.window) }
  }

  /// A sample between -1 and 1 in 16 bits, rounded to the nearest and kept in their range.
  @inline(__always)
  public static func quantize(_ sample: Float) -> Int16 {
    Int16(min(max((sample * 32_768).rounded(.toNearestOrEven), -32_768), 32_767))
  }
}

/// Tables of a front end's window, bands and logarithm.
private final class MelTables: @unchecked Sendable {
  let frontEnd: KeywordFrontEnd
  /// 2^24 times the periodic Hann window.
  let hann: [Int32]
  /// The bands' weights one after the other, 2^12 being one; where each band's begin, and at which bin.
  let weights: [UInt16]
  let starts: [Int]
  let firstBins: [Int]
  /// 2^15 log2(1 + i/64).
  private let logarithms: [Int32]

  init(_ frontEnd: KeywordFrontEnd) {
    self.frontEnd = frontEnd
    let n = Double(frontEnd.window)
    hann = (0..<frontEnd.window).map {
      Int32(((0.5 - 0.5 * cos(2 * Double.pi * Double($0) / n)) * 0x1p24).rounded())
    }
    // Mel as in HTK: 2595 log10(1 + f/700).
    func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
    let low = mel(Double(frontEnd.lowestFrequency))
    let high = mel(Double(frontEnd.highestFrequency))
    let spacing = (high - low) / Double(frontEnd.bands + 1)
    var weights: [UInt16] = []
    var starts = [0]
    var firstBins: [Int] = []
    for band in 0..<frontEnd.bands {
      let center = low + spacing * Double(band + 1)
      let triangle = (0..<frontEnd.bins).map { bin in
        let frequency = Double(bin) * Double(frontEnd.sampleRate) / n
        return UInt16((max(0, 1 - abs(mel(frequency) - center) / spacing) * 4096).rounded())
      }
      // Where bands are narrower than bins, one may fall between two.
      let nearest = (0..<frontEnd.bins).min { a, b in
        func distance(_ bin: Int) -> Double {
          abs(mel(Double(bin) * Double(frontEnd.sampleRate) / n) - center)
        }
        return distance(a) < distance(b)
      }!
      let first = triangle.firstIndex { $0 > 0 } ?? nearest
      let last = triangle.lastIndex { $0 > 0 } ?? nearest
      let isEmpty = !triangle.contains { $0 > 0 }
      weights += isEmpty ? [4096] : triangle[first...last]
      firstBins.append(first)
      starts.append(weights.count)
    }
    self.weights = weights
    self.starts = starts
    self.firstBins = firstBins
    logarithms = (0...64).map { Int32((log(1 + Double($0) / 64) / log(2) * 32_768).rounded()) }
  }

  /// 2^9 log2 of a positive number, by a table of 64 steps an octave with straight lines between.
  @inline(__always)
  func log2(_ value: UInt64) -> Int {
    let octave = 63 - value.leadingZeroBitCount
    // 16 bits behind the leading one.
    let mantissa = octave >= 16 ? value >> UInt64(octave - 16) : value << UInt64(16 - octave)
    let fraction = Int32(truncatingIfNeeded: mantissa & 0xffff)
    let index = Int(fraction >> 10)
    let low = logarithms[index]
    let step = logarithms[index + 1] - low
    let value = low + (step * (fraction & 1023)) >> 10
    return octave << 9 + Int(value >> 6)
  }
}
