import CSparrow

/// A function of each value on its own.
public enum ActivationFunction: String, Sendable, Codable, CaseIterable {
  /// max(x, 0).
  case relu
  /// The approximation by tanh (Hendrycks and Gimpel 2016).
  case gelu
  /// 1 / (1 + e^-x).
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
}

extension ActivationFunction: LayerRule {
  private enum Key: String, CodingKey { case function }

  package static var kinds: [String] { ["activation"] }
  package static func keys(ofKind kind: String) -> [String] { [Key.function.rawValue] }
  package init(kind: String, from decoder: any Decoder) throws {
    self = try decoder.container(keyedBy: Key.self).decode(Self.self, forKey: .function)
  }
  package var kind: String { "activation" }
  package func encodeMembers(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(self, forKey: .function)
  }
  package var layer: Layer { .activation(self) }
  package var title: String { rawValue }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    let x = values.settle(&packer, toChange: true)
    if packer.fuse(self, at: x) { return }
    var record = sparrow_layer(SPARROW_LAYER_ACTIVATION, input: x, output: x)
    record.function = cValue
    guard let integers = packer.integers(at: place.path, as: IntegerFunction.self) else {
      packer.append(record, of: place.path)
      return
    }
    record.vectors.0 = packer.offset(of: FunctionTable(self))
    record.vectors.1 = packer.image.append(
      [Int32](repeating: Int32(integers.argumentShift), count: x.width))
    record.shifts = (UInt32(integers.left), UInt32(integers.resultShift), 0)
    packer.appendWithWork(&record, of: place.path)
  }

  var cValue: UInt32 {
    switch self {
    case .relu: SPARROW_ACTIVATION_RELU.rawValue
    case .gelu: SPARROW_ACTIVATION_GELU.rawValue
    case .sigmoid: SPARROW_ACTIVATION_SIGMOID.rawValue
    case .tanh: SPARROW_ACTIVATION_TANH.rawValue
    }
  }

  // MARK: Fixed point

  package func activationPlaces(at path: String) -> [String] { self == .gelu ? [path] : [] }

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    switch self {
    case .relu: x
    case .gelu:
      quantizer.chooseExponent(at: place.path, most: x + FunctionTable.valueExponent)
    case .sigmoid, .tanh: quantizer.scheme.activationBits - 1
    }
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    guard self != .relu else { return x }
    let bits = builder.scheme.activationBits
    let finer = FunctionTable.argumentExponent - x
    let y = self == .gelu ? try builder.exponent(at: place.path) : bits - 1
    let result =
      self == .gelu
      ? try builder.shift(x + FunctionTable.valueExponent - y, in: 0...31, at: place.path)
      : FunctionTable.valueExponent - y
    builder.forms[place.path] = IntegerFunction(
      left: try builder.shift(max(finer, 0), in: 0...14, at: place.path),
      argumentShift: try builder.shift(max(-finer, 0), in: 0...31, at: place.path),
      resultShift: result)
    return y
  }
}

/// Shifts about a function that is looked up: left and right of its argument, right of its result.
struct IntegerFunction: IntegerForm {
  var left: Int
  var argumentShift: Int
  var resultShift: Int
}
