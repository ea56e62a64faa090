/// Ranges of a network's activations on representative frames, from which the exponents of fixed
/// point are chosen.
public struct Calibration: Sendable {
  /// In the form that fixed point has; see ``Network/fixedPointForm()``.
  public let network: Network
  private(set) var places: [String: Magnitudes] = [:]

  /// - Throws: ``NetworkError`` where the network has no form in fixed point.
  public init(_ network: Network) throws(NetworkError) {
    self.network = try network.fixedPointForm()
  }

  /// Runs the network over a sequence.
  ///
  /// - Parameter frames: whole frames, one after the other.
  public mutating func add(_ frames: [Float]) {
    precondition(frames.count % network.inputWidth == 0, "frames have to be whole")
    var stream = ProbedStream(network)
    for start in stride(from: 0, to: frames.count, by: network.inputWidth) {
      let frame = frames.span.extracting(start..<start + network.inputWidth)
      for (place, values) in stream.step(frame) {
        places[place, default: Magnitudes()].add(values.numbers)
      }
    }
  }
}

/// How large numbers are: how many there are from one power of two to the next.
struct Magnitudes: Sendable {
  /// Numbers with an exponent of -64 (and below), -63, …, 63, their sum and that of their squares.
  private var counts = [Double](repeating: 0, count: 128)
  private var sums = [Double](repeating: 0, count: 128)
  private var squares = [Double](repeating: 0, count: 128)
  private(set) var largest: Float = 0

  mutating func add(_ values: [Float]) {
    for value in values where value != 0 && value.isFinite {
      let magnitude = value.magnitude
      let index = min(max(Int(magnitude.exponent) + 64, 0), 127)
      counts[index] += 1
      sums[index] += Double(magnitude)
      squares[index] += Double(magnitude) * Double(magnitude)
      largest = max(largest, magnitude)
    }
  }

  /// The format of so many bits with the smallest sum of squared errors, from rounding and from
  /// clipping. Zeros cost nothing in any.
  func bestFormat(bits: Int) -> FixedPointFormat {
    let widest = FixedPointFormat(bits: bits, holding: largest)
    return (0..<bits - 1).map {
      FixedPointFormat(bits: bits, exponent: widest.exponent + $0)
    }.min { squaredError($0) < squaredError($1) } ?? widest
  }

  private func squaredError(_ format: FixedPointFormat) -> Double {
    let step = Double(format.step)
    // The limit is nearly a power of two, where one bin ends and the next begins.
    let limit = step * Double(sign: .plus, exponent: format.bits - 1, significand: 1)
    let firstClipped = format.bits - 1 - format.exponent + 64
    return counts.indices.reduce(0) { sum, index in
      index < firstClipped
        ? sum + counts[index] * step * step / 12
        : sum + squares[index] - 2 * limit * sums[index] + limit * limit * counts[index]
    }
  }
}
