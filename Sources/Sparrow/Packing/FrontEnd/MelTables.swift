import SparrowCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The tables of a front end of mel bands, as ``LogMelShape`` lays them out.
struct MelTables {
  let shape: LogMelShape
  let values: [Int32]

  init(_ frontEnd: KeywordFrontEnd) {
    let (firstBins, weights) = Self.triangles(frontEnd)
    guard
      let shape = LogMelShape(
        window: frontEnd.window, hop: frontEnd.hop, bands: frontEnd.bands,
        weights: weights.reduce(0) { $0 + $1.count })
    else { preconditionFailure("a checked front end has a shape") }
    self.shape = shape
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
    values = tables
  }

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
