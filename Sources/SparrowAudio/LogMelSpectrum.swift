public import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A signal on its way into logarithms of mel bands' energies, in integers; see `LogMel`. Floating
/// point only makes tables, and carries samples in and features out.
public struct LogMelSpectrum: ~Copyable {
  /// A feature is worth 2^-this.
  public static let exponent = LogMel.exponent

  private let tables: MelTables
  private let history: UnsafeMutableBufferPointer<Int16>
  private let work: UnsafeMutableBufferPointer<Int32>
  private let power: UnsafeMutableBufferPointer<UInt64>
  /// A hop of samples, and its features, where they come and go as floats.
  private let samples: UnsafeMutableBufferPointer<Int16>
  private let features: UnsafeMutableBufferPointer<Int16>

  /// A spectrum before the first sample.
  public init(_ frontEnd: KeywordFrontEnd) {
    tables = MelTables(frontEnd)
    let shape = tables.bands.shape
    history = .allocate(capacity: shape.window)
    history.initialize(repeating: 0)
    work = .allocate(capacity: shape.workCount)
    work.initialize(repeating: 0)
    power = .allocate(capacity: shape.bins)
    power.initialize(repeating: 0)
    samples = .allocate(capacity: frontEnd.hop)
    samples.initialize(repeating: 0)
    features = .allocate(capacity: frontEnd.bands)
    features.initialize(repeating: 0)
  }

  deinit {
    history.deallocate()
    work.deallocate()
    power.deallocate()
    samples.deallocate()
    features.deallocate()
  }

  /// - Parameters:
  ///   - samples: a hop of samples, between -1 and 1; see ``quantize(_:)``.
  ///   - frame: a value for each band to write, as a network takes them.
  public mutating func push(_ samples: Span<Float>, into frame: inout MutableSpan<Float>) {
    let (integers, features) = (self.samples, self.features)
    precondition(samples.count == integers.count, "a hop of samples")
    precondition(frame.count == features.count, "a value for each band")
    for i in integers.indices { integers[i] = Self.quantize(samples[i]) }
    var span = features.mutableSpan
    push(integers.span, into: &span)
    let scale = 1 / Float(1 << Self.exponent)
    for i in features.indices { frame[i] = Float(features[i]) * scale }
  }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - features: a value for each band to write.
  public mutating func push(_ samples: Span<Int16>, into features: inout MutableSpan<Int16>) {
    var history = self.history.mutableSpan
    var work = self.work.mutableSpan
    var power = self.power.mutableSpan
    tables.bands.push(samples, history: &history, work: &work, power: &power, into: &features)
  }

  /// Resets the state to that before the first sample.
  public mutating func reset() { history.update(repeating: 0) }

  /// Samples that the next frames still see.
  package var state: [Int16] {
    get { Array(history) }
    set { _ = history.update(fromContentsOf: newValue) }
  }

  /// A sample between -1 and 1 in 16 bits, rounded to the nearest and kept in their range; 0 for
  /// what is no number.
  @inline(__always)
  public static func quantize(_ sample: Float) -> Int16 {
    guard !sample.isNaN else { return 0 }
    return Int16(min(max((sample * 32_768).rounded(.toNearestOrEven), -32_768), 32_767))
  }
}

/// A front end's tables, as ``LogMelShape`` says, and what reads them.
private final class MelTables: @unchecked Sendable {
  let bands: LogMel
  private let values: UnsafeMutableBufferPointer<Int32>

  init(_ frontEnd: KeywordFrontEnd) {
    let (firstBins, weights) = Self.triangles(frontEnd)
    guard
      let shape = LogMelShape(
        window: frontEnd.window, hop: frontEnd.hop, bands: frontEnd.bands,
        weights: weights.reduce(0) { $0 + $1.count })
    else { preconditionFailure("a checked front end has a shape") }
    let n = Double(frontEnd.window)
    func scaled(_ value: Double, _ bits: Int) -> Int32 {
      Int32((value * Double(1 << bits)).rounded())
    }
    let turns = (0..<shape.bins).map { -2 * Double.pi * Double($0) / n }
    let half = frontEnd.window / 2
    let bits = half.trailingZeroBitCount
    var tables = (0..<frontEnd.window).map {
      scaled(0.5 - 0.5 * cos(2 * Double.pi * Double($0) / n), 24)
    }
    tables += turns.map { scaled(cos($0), 30) }
    tables += turns.map { scaled(sin($0), 30) }
    tables += (0..<half).map { index in
      Int32((0..<bits).reduce(0) { $0 | (index >> $1 & 1) << (bits - 1 - $1) })
    }
    tables += (0...64).map { scaled(log(1 + Double($0) / 64) / log(2), 15) }
    tables += firstBins.map(Int32.init)
    tables += weights.reduce(into: [0]) { $0.append($0.last! + Int32($1.count)) }
    tables += weights.joined()
    values = .allocate(capacity: tables.count)
    _ = values.initialize(fromContentsOf: tables)
    guard let bands = LogMel(shape, tables: UnsafeBufferPointer(values)) else {
      preconditionFailure("tables are made as their shape says")
    }
    self.bands = bands
  }

  deinit { values.deallocate() }

  /// The bands' first bins, and their weights from there on.
  private static func triangles(
    _ frontEnd: KeywordFrontEnd
  ) -> (firstBins: [Int], weights: [[Int32]]) {
    // Mel as in HTK: 2595 log10(1 + f/700).
    func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
    func mel(ofBin bin: Int) -> Double {
      mel(Double(bin) * Double(frontEnd.sampleRate) / Double(frontEnd.window))
    }
    let low = mel(Double(frontEnd.lowestFrequency))
    let high = mel(Double(frontEnd.highestFrequency))
    let spacing = (high - low) / Double(frontEnd.bands + 1)
    var firstBins: [Int] = []
    var weights: [[Int32]] = []
    for band in 0..<frontEnd.bands {
      let center = low + spacing * Double(band + 1)
      let triangle = (0..<frontEnd.bins).map { bin in
        Int32((max(0, 1 - abs(mel(ofBin: bin) - center) / spacing) * 4096).rounded())
      }
      guard let first = triangle.firstIndex(where: { $0 > 0 }),
        let last = triangle.lastIndex(where: { $0 > 0 })
      else {
        // Where bands are narrower than bins, one may fall between two.
        firstBins.append(
          (0..<frontEnd.bins).min {
            abs(mel(ofBin: $0) - center) < abs(mel(ofBin: $1) - center)
          }!)
        weights.append([4096])
        continue
      }
      firstBins.append(first)
      weights.append(Array(triangle[first...last]))
    }
    return (firstBins, weights)
  }
}
