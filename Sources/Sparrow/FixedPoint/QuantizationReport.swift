#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a network in fixed point compares with the one that it was made of, place by place: both run over the
/// same frames, side by side.
public struct QuantizationReport: Sendable {
  public struct Place: Sendable {
    /// See ``Quantization/activations``.
    public let name: String
    public let bits: Int
    public let exponent: Int
    /// Of the network in single precision.
    public let largest: Float
    /// Values that were clipped, and how many there were in all.
    public let saturations: Int
    public let count: Int
    /// The power of the single-precision values over that of the differences, in dB; infinite where there
    /// are none.
    public let signalToNoise: Double
  }

  /// Bits and exponents of a group of parameters.
  public struct Parameters: Sendable {
    public let name: String
    public let bits: Int
    /// The smallest and the largest of its rows.
    public let exponents: ClosedRange<Int>
    public let nonZeroCount: Int
    /// The power of the values before rounding over that of the errors, in dB.
    public let signalToNoise: Double
  }

  public let frames: Int
  public let places: [Place]
  public let parameters: [Parameters]

  /// - Parameters:
  ///   - network: in fixed point.
  ///   - parent: what it was made of.
  ///   - sequences: of whole frames; each begins with a state of zero.
  /// - Throws: ``NetworkError`` where the parent has no form in fixed point, or is another network.
  public init(
    of network: Network, parent: Network, on sequences: [[Float]]
  ) throws(NetworkError) {
    let parent = try parent.fixedPointForm()
    guard let quantization = network.quantization, let groups = network.parameterGroups,
      parent.layers == network.layers, parent.inputWidth == network.inputWidth
    else {
      throw .invalid("the networks to compare are not a network in fixed point and its parent")
    }

    var comparisons: [String: Comparison] = [:]
    var frames = 0
    for sequence in sequences {
      var stream = ProbedStream(network)
      var parentStream = ProbedStream(parent)
      for start in stride(from: 0, to: sequence.count, by: network.inputWidth) {
        let frame = sequence.span.extracting(start..<start + network.inputWidth)
        let values = stream.step(frame)
        for (place, reference) in parentStream.step(frame) {
          guard let values = values[place] else { continue }
          comparisons[place, default: Comparison()].add(
            values.numbers, reference.numbers, clipped: values.clipped)
        }
        frames += 1
      }
    }
    self.frames = frames
    places = network.activationPlaces.map { place in
      let comparison = comparisons[place] ?? Comparison()
      return Place(
        name: place, bits: place.hasSuffix(".state") ? 32 : quantization.scheme.activationBits,
        exponent: quantization.activations[place] ?? 0, largest: comparison.largest,
        saturations: comparison.saturations, count: comparison.count,
        signalToNoise: comparison.signalToNoise)
    }
    parameters = groups.map { group in
      var comparison = Comparison()
      for parameter in group.parameters {
        comparison.add(network[parameter.name].values, parent[parameter.name].values, clipped: 0)
      }
      let exponents = quantization.parameters[group.name] ?? [0]
      return Parameters(
        name: group.name, bits: group.bits(quantization.scheme),
        exponents: (exponents.min() ?? 0)...(exponents.max() ?? 0),
        nonZeroCount: group.parameters.reduce(0) { $0 + network[$1.name].nonZeroCount },
        signalToNoise: comparison.signalToNoise)
    }
  }

  private struct Comparison {
    var largest: Float = 0
    var signal = 0.0
    var noise = 0.0
    var count = 0
    var saturations = 0

    /// - Parameter values: may have padding that the reference has not, or the other way round.
    mutating func add(_ values: [Float], _ reference: [Float], clipped: Int) {
      for (value, exact) in zip(values, reference) {
        largest = max(largest, exact.magnitude)
        signal += Double(exact) * Double(exact)
        noise += (Double(value) - Double(exact)) * (Double(value) - Double(exact))
      }
      count += min(values.count, reference.count)
      saturations += clipped
    }

    var signalToNoise: Double { noise == 0 ? .infinity : 10 * log10(signal / noise) }
  }
}
