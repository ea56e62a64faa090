import CSparrow
import Foundation
import SparrowAudio
import SparrowModels
import TestSupport
import Testing

struct StreamingDenoiserTests {
  /// A denoiser that leaves everything as it is.
  private static func open() throws -> Plan { try mask(bias: 100) }

  /// A denoiser whose mask is the sigmoid of `bias` everywhere.
  private static func mask(bias: Float) throws -> Plan {
    let frontEnd = SpectralFrontEnd()
    return Plan(
      try Network(
        inputWidth: frontEnd.inputWidth, layers: [.dense(DenseLayer(outputs: frontEnd.bands))],
        parameters: [
          "layers.0.weight": Tensor(shape: [frontEnd.bands, frontEnd.inputWidth], repeating: 0),
          "layers.0.bias": Tensor(shape: [frontEnd.bands], repeating: bias),
        ], frontEnd: .spectral(frontEnd)))
  }

  private static func run(
    _ denoiser: inout StreamingDenoiser, _ signal: [Float], blocks: () -> Int
  ) -> [Float] {
    var output = [Float](repeating: .nan, count: signal.count)
    var done = 0
    signal.withUnsafeBufferPointer { signal in
      output.withUnsafeMutableBufferPointer { output in
        while done < signal.count {
          let count = min(blocks(), signal.count - done)
          denoiser.process(
            signal.baseAddress! + done, count: count, into: output.baseAddress! + done)
          done += count
        }
      }
    }
    return output
  }

  /// Sines below the resampler's pass-band.
  private static func signal(rate: Int, count: Int) -> [Float] {
    (0..<count).map { i in
      let time = Double(i) / Double(rate)
      return Float(0.3 * sin(2 * .pi * 440 * time) + 0.2 * sin(2 * .pi * 2750 * time + 1))
    }
  }

  @Test(arguments: [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000, 12_345])
  func latencyIsExact(rate: Int) throws {
    var denoiser = try StreamingDenoiser(Self.open(), sampleRate: rate)
    let latency = denoiser.latency
    let signal = Self.signal(rate: rate, count: rate)
    let output = Self.run(&denoiser, signal) { 333 }
    #expect(output[..<latency].allSatisfy { abs($0) < 1e-3 }, "silence first")
    // Away from the beginning, where the sines begin at once.
    let settled = latency + rate / 10
    let expected = (settled..<rate).map { Double(signal[$0 - latency]) }
    #expect(signalToNoise(Array(output[settled...]), expected) > 75, "latency \(latency)")
  }

  /// White noise, which the network's band holds a part of only.
  @Test(arguments: [8000, 12_345, 22_050, 44_100, 48_000, 96_000], [0, 6, nil] as [Float?])
  func bandAboveStays(rate: Int, limit: Float?) throws {
    // A mask of a half: the squared mean is a quarter, and 6 dB are a half.
    let plan = limit == 0 ? try Self.mask(bias: -100) : try Self.mask(bias: 0)
    var denoiser = try StreamingDenoiser(
      plan, sampleRate: rate, options: DenoisingOptions(attenuationLimit: limit))
    var numbers = TestNumbers(seed: 7)
    let signal = numbers.floats(rate).map { 0.1 * $0 }
    let output = Self.run(&denoiser, signal) { 1 + Int(numbers.next() % 500) }
    let settled = denoiser.latency + rate / 5
    var (sound, kept) = (0.0, 0.0)
    let filter = HighPass(above: 7900, rate: rate)
    for i in stride(from: settled, to: rate - 200, by: 11) {
      let (before, after) = (
        filter.value(signal, i - denoiser.latency), filter.value(output, i)
      )
      sound += before * before
      kept += before * after
    }
    let expected = limit == nil ? 0.25 : limit == 0 ? 1 : 0.501
    if rate > 20_000 { #expect(abs(kept / sound - expected) < 0.01) }
    guard limit == 0 else { return }
    let delayed = (settled..<rate).map { Double(signal[$0 - denoiser.latency]) }
    #expect(signalToNoise(Array(output[settled...]), delayed) > 75, "everything comes back")
  }

  /// A windowed sinc.
  private struct HighPass {
    let taps: [Double]

    init(above edge: Double, rate: Int) {
      let cutoff = 2 * edge / Double(rate)
      taps = (-150...150).map { i in
        let x = Double.pi * Double(i)
        let sinc = i == 0 ? cutoff : sin(cutoff * x) / x
        return (i == 0 ? 1 : 0) - sinc * (0.5 + 0.5 * cos(x / 150))
      }
    }

    func value(_ signal: [Float], _ place: Int) -> Double {
      var sum = 0.0
      for (i, tap) in taps.enumerated() { sum += tap * Double(signal[place + i - 150]) }
      return sum
    }
  }

  @Test func latencyIsTheShortest() throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    func latency(_ rate: Int, _ block: Int) throws -> Int {
      try StreamingDenoiser(plan, sampleRate: rate, blockSize: block).latency
    }
    // A window less a sample where samples come one by one, less a hop where hops come.
    #expect(try latency(16_000, 1) == 511)
    #expect(try latency(16_000, 128) == 384)
    #expect(try latency(16_000, 64) == 448)
    #expect(try latency(16_000, 256) == 384)
    #expect(try latency(48_000, 1) < 511 * 3 + 4 * 48 + 10)
    // A window of 20 ms at 48 kHz, or 10 ms where hops come.
    let fullBand = Plan(EmbeddedModel.fullBandDenoiser.network)
    #expect(try StreamingDenoiser(fullBand).latency == 959)
    #expect(try StreamingDenoiser(fullBand, blockSize: 480).latency == 480)
    // A promise of larger blocks never costs anything.
    for rate in [22_050, 44_100, 48_000] {
      for block in [100, 176, 441, 480] {
        #expect(try latency(rate, block) <= latency(rate, 1), "\(rate) Hz, blocks of \(block)")
      }
    }
  }

  /// Blocks of any size give the same samples, and so does going on from a state elsewhere.
  @Test(arguments: [16_000, 44_100, 48_000], InstructionSet.supported)
  func blocksAndStates(rate: Int, _ set: InstructionSet) throws {
    let plan = Plan(EmbeddedModel.denoiser.network, instructionSet: set)
    var numbers = TestNumbers(seed: 4)
    let signal = numbers.floats(30_000).map { 0.1 * $0 }
    var whole = try StreamingDenoiser(plan, sampleRate: rate)
    let expected = Self.run(&whole, signal) { signal.count }
    var pieces = try StreamingDenoiser(plan, sampleRate: rate)
    #expect(Self.run(&pieces, signal) { 1 + Int(numbers.next() % 700) } == expected)
    pieces.reset()
    let first = Self.run(&pieces, Array(signal[..<12_345])) { 100 }
    #expect(first == Array(expected[..<12_345]))
    let size = pieces.stateByteCount
    let state = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4)
    defer { state.deallocate() }
    pieces.writeState(to: state)
    var other = try StreamingDenoiser(plan, sampleRate: rate)
    try other.readState(from: UnsafeRawBufferPointer(state))
    #expect(Self.run(&other, Array(signal[12_345...])) { 512 } == Array(expected[12_345...]))
    var stranger = try StreamingDenoiser(plan, sampleRate: 32_000)
    #expect(throws: StreamStateError.self) {
      try stranger.readState(from: UnsafeRawBufferPointer(state))
    }
  }

  /// Words that no stream wrote: it takes and gives samples all the same, and a reset helps.
  @Test(arguments: [16_000, 44_100]) func statesMaySayAnything(rate: Int) throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    var numbers = TestNumbers(seed: 9)
    let signal = numbers.floats(20_000).map { 0.1 * $0 }
    var fresh = try StreamingDenoiser(plan, sampleRate: rate)
    let expected = Self.run(&fresh, signal) { 300 }
    var bytes = fresh.state.encode()
    for fill in [nil, 0, 0xff] as [UInt8?] {
      for i in 24..<bytes.count {
        bytes[i] = fill ?? UInt8(truncatingIfNeeded: numbers.next())
      }
      var denoiser = try StreamingDenoiser(plan, sampleRate: rate)
      denoiser.state = try SignalState(decoding: bytes, for: denoiser)
      _ = Self.run(&denoiser, signal) { 1 + Int(numbers.next() % 900) }
      denoiser.reset()
      #expect(Self.run(&denoiser, signal) { 777 } == expected)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, 1e30])
  func brokenSamplesPass(_ sample: Float) throws {
    let plan = Plan(EmbeddedModel.denoiser.network)
    var numbers = TestNumbers(seed: 4)
    var signal = numbers.floats(60_000).map { 0.1 * $0 }
    for i in 20_000..<20_010 { signal[i] = sample }
    var denoiser = try StreamingDenoiser(plan, sampleRate: 48_000)
    #expect(Self.run(&denoiser, signal) { 480 }.allSatisfy { $0.isFinite })
  }
}

struct StreamResamplerTests {
  private static func resample(_ signal: [Float], _ filter: ResamplingFilter, piece: Int) -> [Float]
  {
    var resampler = StreamResampler(filter)
    var output: [Float] = []
    var start = 0
    while start < signal.count {
      let count = min(piece, signal.count - start)
      var room = [Float](repeating: .nan, count: resampler.mostOutputs(for: count))
      let given = signal.withUnsafeBufferPointer {
        resampler.process($0.baseAddress! + start, count: count, into: &room)
      }
      output += room[..<given]
      start += count
    }
    return output
  }

  /// A tone in the pass-band stays what it is, at the right times.
  @Test(
    arguments: [
      (48_000, 16_000), (44_100, 16_000), (16_000, 44_100), (16_000, 48_000), (8_000, 16_000),
      (44_100, 48_000), (44_101, 16_000), (192_000, 16_000),
    ] as [(Int, Int)])
  func tonesStay(_ rates: (from: Int, to: Int)) {
    let frequency = 0.35 * Double(min(rates.from, rates.to))
    func tone(_ i: Int, _ rate: Int) -> Double {
      sin(2 * .pi * frequency * Double(i) / Double(rate))
    }
    let signal = (0..<rates.from / 4).map { Float(tone($0, rates.from)) }
    let filter = ResamplingFilter(from: rates.from, to: rates.to)
    let output = Self.resample(signal, filter, piece: 1000)
    let expected = output.indices.map { tone($0, rates.to) }
    let settled = rates.to / 50..<output.count
    #expect(signalToNoise(Array(output[settled]), Array(expected[settled])) > 80)
    #expect(Self.resample(signal, filter, piece: 7) == output)
    // All that is complete has come.
    let complete = Double(rates.from / 4 - filter.halfWidth) * Double(rates.to) / Double(rates.from)
    #expect(abs(Double(output.count) - complete) <= 1)
  }

  /// Every instruction set gives the bits of sixteen sums that are written out.
  @Test(arguments: InstructionSet.all.filter(\.isSupported))
  func filtersHaveTheSameBits(_ instructionSet: InstructionSet) {
    var numbers = TestNumbers(seed: 11)
    for taps in [8, 16, 24, 64, 768, 776] {
      let (x, h) = (numbers.floats(taps + 3), numbers.floats(taps))
      var sums = [Float](repeating: 0, count: 16)
      // Samples may lie at any address.
      for i in 0..<taps { sums[i % 16] += x[i + 3] * h[i] }
      let eight = (0..<8).map { sums[$0] + sums[$0 + 8] }
      let four = (0..<4).map { eight[$0] + eight[$0 + 4] }
      let expected = (four[0] + four[2]) + (four[1] + four[3])
      let value = x.withUnsafeBufferPointer {
        Kernels(instructionSet).filter(taps, $0.baseAddress! + 3, h)
      }
      #expect(value.bitPattern == expected.bitPattern, "\(taps) taps")
    }
  }

  /// Every instruction set gives at each place what one filter gives there, up to the last that is
  /// complete.
  @Test(arguments: InstructionSet.all.filter(\.isSupported))
  func placesHaveTheirFilters(_ instructionSet: InstructionSet) {
    let kernels = Kernels(instructionSet)
    var numbers = TestNumbers(seed: 12)
    for (whole, rest, steps) in [(0, 147, 160), (1, 13, 147), (3, 0, 1), (0, 1, 3)] {
      let filters = numbers.floats(24 * steps)
      for count in [21, 22, 30, 61, 200] {
        let x = numbers.floats(count + 24)
        var place = (offset: 1, fraction: rest / 2)
        var expected: [Float] = []
        for k in 0... {
          let position = rest / 2 + k * (whole * steps + rest)
          let offset = 1 + position / steps
          guard offset + 21 <= count else { break }
          let filter = Array(filters[position % steps * 24..<position % steps * 24 + 24])
          expected.append(kernels.filter(24, Array(x[offset...]), filter))
        }
        var y = [Float](repeating: 7, count: expected.count + 1)
        let given = filters.withUnsafeBufferPointer {
          let resampling = sparrow_resampling(
            taps: 24, width: 21, whole: whole, rest: rest, steps: steps, filters: $0.baseAddress!)
          return kernels.resample(resampling, x, count: count, place: &place, into: &y)
        }
        #expect(given == expected.count && y == expected + [7])
        #expect(
          (place.offset - 1) * steps + place.fraction
            == rest / 2 + given * (whole * steps + rest))
      }
    }
  }

  /// A tone above the lower rate's half does not come back as another.
  @Test func aliasesAreGone() {
    let filter = ResamplingFilter(from: 48_000, to: 16_000)
    for frequency in [8500.0, 9000, 12_000, 15_900, 23_000] {
      let signal = (0..<24_000).map { Float(sin(2 * .pi * frequency * Double($0) / 48_000)) }
      let output = Self.resample(signal, filter, piece: 4096).dropFirst(200)
      let level = (output.reduce(0) { $0 + Double($1 * $1) } / Double(output.count)).squareRoot()
      #expect(20 * log10(level) < -100, "\(frequency) Hz: \(20 * log10(level)) dB")
    }
  }
}
