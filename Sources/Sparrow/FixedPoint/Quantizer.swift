extension Calibration {
  /// The network in fixed point.
  ///
  /// Activations of 16 bits get the finest format that holds twice what was measured, so that
  /// sounds that are louder than those at hand have room; those of 8 bits the format with the
  /// smallest error. States have 32 bits, and hold eight times what was measured. Weights: see
  /// ``FixedPointFormat/weightFormats(bits:parts:rows:byRow:)``; where the products of a row and
  /// its bias could exceed 32 bits, or its result could not be shifted, the row takes a coarser
  /// format.
  ///
  /// - Throws: ``NetworkError`` where numbers are so unlike each other in size that no exponents
  ///   fit.
  public func quantized(_ scheme: QuantizationScheme) throws(NetworkError) -> Network {
    try scheme.validate()
    guard let groups = network.parameterGroups else {
      throw .notForFixedPoint(network.parameterDescriptions)
    }
    var quantizer = Quantizer(network: network, scheme: scheme, magnitudes: places, groups: groups)
    let input = quantizer.chooseExponent(at: "input")
    _ = quantizer.walk(network.layers.placed(inputWidth: network.inputWidth, path: ""), input)
    return try Network(
      inputWidth: network.inputWidth, layers: network.layers, parameters: quantizer.parameters,
      frontEnd: network.frontEnd,
      quantization: Quantization(
        scheme: scheme, activations: quantizer.activations, parameters: quantizer.exponents),
      information: network.information)
  }
}

/// Chooses exponents, layer by layer, so that those of neighbours fit each other.
package struct Quantizer {
  let network: Network
  let scheme: QuantizationScheme
  let magnitudes: [String: Magnitudes]
  let groups: [String: ParameterGroup]
  private(set) var activations: [String: Int] = [:]
  private(set) var exponents: [String: [Int]] = [:]
  private(set) var parameters: [String: Tensor] = [:]

  init(
    network: Network, scheme: QuantizationScheme, magnitudes: [String: Magnitudes],
    groups: [ParameterGroup]
  ) {
    self.network = network
    self.scheme = scheme
    self.magnitudes = magnitudes
    self.groups = Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0) })
  }

  /// Chooses the exponent of a place.
  ///
  /// - Parameter most: what it may be at most.
  mutating func chooseExponent(at place: String, most: Int = 64) -> Int {
    let measured = magnitudes[place] ?? Magnitudes()
    let format =
      scheme.activationBits == 16
      ? FixedPointFormat(bits: 16, holding: 2 * measured.largest)
      : measured.bestFormat(bits: scheme.activationBits)
    let exponent = min(format.exponent, most)
    activations[place] = exponent
    return exponent
  }

  mutating func setExponent(_ exponent: Int, at place: String) { activations[place] = exponent }

  /// The largest magnitude that was measured at a place.
  func largest(at place: String) -> Float { magnitudes[place]?.largest ?? 0 }

  /// - Parameter x: the exponent of the layers' input. Returns that of their output.
  mutating func walk(_ places: [LayerPlace], _ x: Int) -> Int {
    places.reduce(x) { $1.layer.rule.chooseExponents($1, $0, in: &self) }
  }

  // MARK: Parameters

  private func values(_ group: ParameterGroup) -> [[Float]] {
    group.parameters.map { network[$0.name].values }
  }

  private mutating func round(_ group: ParameterGroup, _ formats: [FixedPointFormat]) {
    exponents[group.name] = formats.map(\.exponent)
    for parameter in group.parameters {
      let tensor = network[parameter.name]
      let columns = tensor.count / max(formats.count, 1)
      parameters[parameter.name] = Tensor(
        shape: tensor.shape,
        values: tensor.values.enumerated().map { formats[$0.offset / columns].rounded($0.element) })
    }
  }

  /// Rounds a matrix and the bias that is added to its products.
  ///
  /// - Parameters:
  ///   - x: the exponent of the activations.
  ///   - first: the matrix's first row among the bias's. Where several matrices share a bias, it
  ///     is rounded again once the exponents of all are known.
  ///   - least: the exponent of the result, which products have to be at least as fine as; nil
  ///     where there is no such limit.
  /// - Returns: the exponent of each row's products.
  mutating func roundWeights(
    _ name: String, bias biasName: String, from first: Int = 0, times x: Int, to least: Int?
  ) -> [Int] {
    let group = groups[name]!
    let parts = values(group)
    let biases = values(groups[biasName]!)
    var formats = FixedPointFormat.weightFormats(
      bits: scheme.weightBits, parts: parts, rows: group.rows, byRow: scheme.byRow)
    // A row of zeros does as the finest of the others.
    let columns = parts[0].count / max(group.rows, 1)
    func isZero(_ row: Int) -> Bool {
      parts.allSatisfy { $0[row * columns..<(row + 1) * columns].allSatisfy { $0 == 0 } }
    }
    if scheme.byRow {
      let others = formats.indices.filter { !isZero($0) }.map { formats[$0].exponent }
      for row in formats.indices where isZero(row) { formats[row].exponent = others.max() ?? 0 }
    }
    // What `IntegerNetwork` makes sure of when it reads the result, and a little more for the
    // bias's rounding.
    func power(_ exponent: Int) -> Double {
      Double(sign: .plus, exponent: exponent, significand: 1)
    }
    func fits(_ row: Int, _ format: FixedPointFormat) -> Bool {
      let sum = largestSum(parts, row: row, columns: columns, format)
      let bias = biases.reduce(0) { max($0, Double($1[first + row].magnitude)) }
      let exponent = format.exponent + x
      let half = least.map { exponent > $0 ? power(exponent - $0 - 1) : 0 } ?? 0
      let products = Double(sum << Int64(scheme.activationBits - 1))
      return sum <= Self.roomForWeights(scheme)
        && products + bias * power(exponent) + half <= 0x1.fcp30
    }
    let most = least.map { $0 + 31 - x } ?? 64
    for index in formats.indices {
      formats[index].exponent = min(formats[index].exponent, most)
      let rows = scheme.byRow ? index..<index + 1 : 0..<group.rows
      while !rows.allSatisfy({ fits($0, formats[index]) }) { formats[index].exponent -= 1 }
    }
    round(group, formats)
    let byRow = formats.count == 1 ? Array(repeating: formats[0], count: group.rows) : formats
    let products = byRow.map { $0.exponent + x }
    roundVector(biasName, most: products.min() ?? 64)
    return products
  }

  /// The sum of a row's weights' magnitudes, as integers.
  private func largestSum(
    _ parts: [[Float]], row: Int, columns: Int, _ format: FixedPointFormat
  ) -> Int64 {
    parts.reduce(0) { sum, part in
      part[row * columns..<(row + 1) * columns].reduce(sum) {
        $0 + Int64(format.integer($1).magnitude)
      }
    }
  }

  /// The largest sum of weights for which products leave a quarter of 32 bits to biases and
  /// rounding.
  private static func roomForWeights(_ scheme: QuantizationScheme) -> Int64 {
    (3 << 29) >> Int64(scheme.activationBits - 1)
  }

  /// Rounds a vector.
  ///
  /// - Parameter most: what its exponent may be at most.
  /// - Returns: its exponent, that of the coarsest row where each has one.
  @discardableResult
  mutating func roundVector(_ name: String, most: Int = 64) -> Int {
    let group = groups[name]!
    let parts = values(group)
    let bits = group.bits(scheme)
    func format(_ values: [Float]) -> FixedPointFormat {
      var format = FixedPointFormat(
        bits: bits, holding: values.reduce(0) { max($0, $1.magnitude) })
      format.exponent = min(format.exponent, most)
      return format
    }
    let formats =
      group.isByRow(scheme)
      ? (0..<group.rows).map { row in format(parts.map { $0[row] }) }
      : [format(parts.flatMap { $0 })]
    round(group, formats)
    return formats.map(\.exponent).min() ?? 0
  }
}
