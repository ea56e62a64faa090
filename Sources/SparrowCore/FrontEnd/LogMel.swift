/// Logarithms of mel bands' energies, in integers throughout: the same on every machine, and what a
/// processor without floating point can compute. Tables and memory are the caller's; see
/// ``LogMelShape``.
///
/// For a window of 16-bit samples x and the periodic Hann window w, band b gives log2(2^20 + Σ_k
/// m_bk ⌊|2⁷ X_k|² / 2¹²⌋) − 32 in steps of 2⁻⁹, X being the Fourier transform of w ⊙ x and m_bk
/// the band's triangle in steps of 2⁻¹². 2²⁰ is about the energy of half a step of 16-bit sound, so
/// digital silence is not far below a quiet room.
public struct LogMel {
  /// A feature is worth 2^-this.
  public static var exponent: Int { 9 }
  private static var floor: UInt64 { 1 << 20 }
  private static var center: Int { 32 << 9 }

  /// The sizes of tables and memory.
  public let shape: LogMelShape
  private let tables: UnsafePointer<Int32>

  /// - Parameter tables: they outlive this, and do not change.
  /// - Returns: nil for tables of another shape, or with bands that have no bins or ones beyond the
  ///   last.
  public init?(_ shape: LogMelShape, tables: UnsafeBufferPointer<Int32>) {
    guard tables.count == shape.tableCount, let base = tables.baseAddress else { return nil }
    let starts = base + shape.starts.lowerBound
    guard starts[0] == 0, Int(starts[shape.bands]) == shape.weights else { return nil }
    for band in 0..<shape.bands {
      let first = base[shape.firstBins.lowerBound + band]
      let (count, overflows) = starts[band + 1].subtractingReportingOverflow(starts[band])
      guard !overflows, count > 0, first >= 0, Int(first) < shape.bins,
        Int(count) <= shape.bins - Int(first)
      else { return nil }
    }
    for i in shape.reversed where base[i] < 0 || Int(base[i]) >= shape.window / 2 { return nil }
    self.shape = shape
    self.tables = base
  }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - history: the last window of samples, at first zeros; moved on.
  ///   - work: ``LogMelShape/workCount`` values. power: a value a bin. Both are changed.
  ///   - features: a value for each band to write.
  public func push(
    _ samples: Span<Int16>, history: inout MutableSpan<Int16>, work: inout MutableSpan<Int32>,
    power: inout MutableSpan<UInt64>, into features: inout MutableSpan<Int16>
  ) {
    precondition(samples.count == shape.hop && features.count == shape.bands)
    precondition(
      history.count == shape.window && work.count == shape.workCount && power.count == shape.bins)
    let shape = shape
    let tables = tables
    samples.withUnsafeBufferPointer { samples in
      history.withUnsafeMutableBufferPointer { history in
        work.withUnsafeMutableBufferPointer { work in
          Self.window(
            samples.baseAddress!, shape, tables, history: history.baseAddress!,
            into: work.baseAddress!)
        }
      }
    }
    work.withUnsafeMutableBufferPointer { work in
      power.withUnsafeMutableBufferPointer { power in
        IntegerPowerSpectrum(
          length: shape.window, reversed: tables + shape.reversed.lowerBound,
          cosines: tables + shape.cosines.lowerBound, sines: tables + shape.sines.lowerBound
        ).power(of: work.baseAddress!, into: power.baseAddress!)
      }
    }
    power.withUnsafeMutableBufferPointer { power in
      features.withUnsafeMutableBufferPointer { features in
        Self.bands(
          power.baseAddress!, shape, tables, into: features.baseAddress!)
      }
    }
  }

  private static func window(
    _ samples: UnsafePointer<Int16>, _ shape: LogMelShape, _ tables: UnsafePointer<Int32>,
    history: UnsafeMutablePointer<Int16>, into work: UnsafeMutablePointer<Int32>
  ) {
    let kept = shape.window - shape.hop
    for i in 0..<kept { history[i] = history[i + shape.hop] }
    for i in 0..<shape.hop { history[kept + i] = samples[i] }
    let hann = tables + shape.hann.lowerBound
    // 24 bits of the window, of which 18 are rounded away: 6 more than samples have.
    for i in 0..<shape.window {
      let product = Int64(history[i]) &* Int64(hann[i])
      work[i] = Int32(truncatingIfNeeded: (product &+ 1 << 17) >> 18)
    }
  }

  private static func bands(
    _ power: UnsafePointer<UInt64>, _ shape: LogMelShape, _ tables: UnsafePointer<Int32>,
    into features: UnsafeMutablePointer<Int16>
  ) {
    let firstBins = tables + shape.firstBins.lowerBound
    let starts = tables + shape.starts.lowerBound
    let weights = tables + shape.weightValues.lowerBound
    let logarithms = tables + shape.logarithms.lowerBound
    for band in 0..<shape.bands {
      let first = Int(firstBins[band])
      let start = Int(starts[band])
      var energy = floor
      for i in start..<Int(starts[band + 1]) {
        energy &+= UInt64(UInt32(bitPattern: weights[i])) &* power[first + i - start]
      }
      features[band] = Int16(truncatingIfNeeded: log2(energy, logarithms) - center)
    }
  }

  /// 2^9 log2 of a positive number, by a table of 64 steps an octave with straight lines between.
  @inline(__always)
  private static func log2(_ value: UInt64, _ logarithms: UnsafePointer<Int32>) -> Int {
    let octave = 63 - value.leadingZeroBitCount
    // 16 bits behind the leading one.
    let mantissa = octave >= 16 ? value >> UInt64(octave - 16) : value << UInt64(16 - octave)
    let fraction = Int32(truncatingIfNeeded: mantissa & 0xffff)
    let index = Int(fraction >> 10)
    let low = logarithms[index]
    // Tables from outside may hold anything, and nothing here traps.
    let step = logarithms[index + 1] &- low
    let value = low &+ (step &* (fraction & 1023)) >> 10
    return octave << 9 + Int(value >> 6)
  }
}
