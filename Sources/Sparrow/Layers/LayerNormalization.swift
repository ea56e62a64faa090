import CSparrow

/// Layer normalisation over the values of a frame (Ba et al. 2016):
///
///     y = scale ⊙ (x - m) / √(v + ε) + shift
///
/// with mean m and variance v of the frame; or, not centred, y = scale ⊙ x / √(mean of x² + ε) plus
/// shift (root mean square, Zhang and Sennrich 2019). Parameters: `scale`, `shift` [width].
///
/// In PyTorch `LayerNorm(width)`, whose ε is 1e-5 as well, and `RMSNorm(width)`, which has no
/// shift.
public struct LayerNormalizationLayer: Sendable, Hashable {
  /// Whether the mean is subtracted.
  public var centers: Bool
  /// ε: positive, at most 1.
  public var epsilon: Float

  /// A layer normalisation.
  ///
  /// - Parameters: as the properties of these names.
  public init(centers: Bool = true, epsilon: Float = 1e-5) {
    self.centers = centers
    self.epsilon = epsilon
  }
}

extension LayerNormalizationLayer: LayerRule {
  private enum Key: String, CodingKey, CaseIterable { case centers, epsilon }

  package static var kinds: [String] { ["layerNormalization"] }
  package static func keys(ofKind kind: String) -> [String] { Key.allCases.map(\.rawValue) }
  package init(kind: String, from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init()
    centers = try container.decodeIfPresent(Bool.self, forKey: .centers) ?? centers
    epsilon = try container.decodeIfPresent(Float.self, forKey: .epsilon) ?? epsilon
  }
  package var kind: String { "layerNormalization" }
  package func encodeMembers(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(centers, forKey: .centers)
    try container.encode(epsilon, forKey: .epsilon)
  }
  package var layer: Layer { .layerNormalization(self) }
  package var title: String { centers ? "layer normalization" : "RMS normalization" }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    [
      ParameterDescription(
        "\(path).scale", [inputWidth], [.inputs], .normalization, fixedPoint: .feedThrough),
      ParameterDescription(
        "\(path).shift", [inputWidth], [.inputs], .normalization, fixedPoint: .bias),
    ]
  }

  package func validate(inputWidth: Int, path: String) throws(NetworkError) {
    guard epsilon > 0, epsilon <= 1 else {
      throw .invalid("\(path): epsilon is \(epsilon); expected a positive number, at most 1")
    }
  }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    let x = values.settle(&packer, toChange: true)
    var record = sparrow_layer(SPARROW_LAYER_LAYER_NORMALIZATION, input: x, output: x)
    record.own = UInt32(place.width)
    record.centers = centers ? 1 : 0
    record.multiplications = UInt32(3 * place.width)
    if let integers = packer.integers(at: place.path, as: IntegerLayerNormalization.self) {
      record.vectors.0 = packer.image.append(padded(integers.scale))
      record.vectors.1 = packer.image.append(padded(integers.shift))
      record.vectors.2 = packer.image.append([integers.epsilon])
      record.shifts = (UInt32(integers.left), UInt32(integers.right), 0)
    } else {
      let padding = zeros(x.width - place.width)
      let network = packer.network
      record.vectors.0 = packer.image.append(network["\(place.path).scale"].values + padding)
      record.vectors.1 = packer.image.append(network["\(place.path).shift"].values + padding)
      record.vectors.2 = packer.image.append([epsilon])
    }
    packer.append(record, of: place.path)
  }

  // MARK: Fixed point

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    let scale = quantizer.roundVector("\(place.path).scale")
    let product = scale + IntegerLayerNormalization.exponent
    quantizer.roundVector("\(place.path).shift", most: product)
    return quantizer.chooseExponent(at: place.path, most: product)
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    let path = place.path
    let y = try builder.exponent(at: path)
    let scale = try builder.group("\(path).scale")
    let shift = try builder.group("\(path).shift")
    let product = scale.exponents[0] + IntegerLayerNormalization.exponent
    // ε in units of n² times the variance of integers that are worth 2^-x.
    let exact =
      Double(epsilon) * Double(place.width) * Double(place.width)
      * Double(sign: .plus, exponent: 2 * x, significand: 1)
    guard exact < 0x1p61 else {
      throw .invalid("\(path): values with an exponent of \(x) are too fine for epsilon \(epsilon)")
    }
    builder.forms[path] = IntegerLayerNormalization(
      scale: scale.parts[0], shift: shift.parts[0], epsilon: UInt64(max(exact.rounded(), 1)),
      left: try builder.shift(product - shift.exponents[0], in: 0...31, at: path),
      right: try builder.shift(product - y, in: 0...31, at: path))
    return y
  }
}

struct IntegerLayerNormalization: IntegerForm {
  var scale: [Int32]
  var shift: [Int32]
  /// In units of the square of the width times the variance.
  var epsilon: UInt64
  /// Left of the shift, right of the result.
  var left: Int
  var right: Int

  /// That of normalised values before they are scaled.
  static let exponent = 15
}
