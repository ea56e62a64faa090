#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A comparison of a fixed-point network with the original, place by place, over the same frames.
public struct QuantizationReport: Sendable {
  /// A place with rounding.
  public struct Place: Sendable {
    /// See ``Quantization/activations``.
    public let name: String
    /// The bits of its values.
    public let bits: Int
    /// The exponent of its values.
    public let exponent: Int
    /// The maximum absolute value in single precision.
    public let largest: Float
    /// The number of clipped values.
    public let saturations: Int
    /// The number of values.
    public let count: Int
    /// The power of the values in single precision over that of the differences, in dB; infinite
    /// without differences.
    public let signalToNoise: Double
  }

  /// Bits and exponents of a group of parameters.
  public struct Parameters: Sendable {
    /// The name of the group.
    public let name: String
    /// The bits of its values.
    public let bits: Int
    /// The range of the exponents of its rows.
    public let exponents: ClosedRange<Int>
    /// The number of non-zero values.
    public let nonZeroCount: Int
    /// The power of the values before rounding over that of the errors, in dB.
    public let signalToNoise: Double
  }

  /// The number of frames.
  public let frames: Int
  /// The places with rounding.
  public let places: [Place]
  /// The groups of parameters.
  public let parameters: [Parameters]

  /// Runs both networks.
  ///
  /// - Parameters:
  ///   - network: The fixed-point network.
  ///   - parent: The original.
  ///   - sequences: Sequences of whole frames; each starts with a state of zero.
  /// - Throws: ``NetworkError`` if the parent has no fixed-point form, or is another network.
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
