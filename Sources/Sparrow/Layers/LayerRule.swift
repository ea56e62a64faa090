/// Everything that is particular to a kind of layer, apart from its steps (`SparrowCore/Layers`)
/// and its training (`SparrowTraining/Layers`). A kind of layer is a conformance in a file of its
/// own.
///
/// Most requirements have a default, which is right for a layer that treats each value of a frame
/// on its own and has no parameters.
package protocol LayerRule: Sendable {
  // MARK: In JSON

  /// Values of "kind" in JSON that mean this rule.
  static var kinds: [String] { get }
  /// Keys of the JSON object other than "kind".
  static func keys(ofKind kind: String) -> [String]
  init(kind: String, from decoder: any Decoder) throws
  /// The value of "kind".
  var kind: String { get }
  /// Encodes the members of the JSON object other than "kind".
  func encodeMembers(to encoder: any Encoder) throws
  var layer: Layer { get }

  // MARK: Shape

  /// The kind in words, for tables.
  var title: String { get }
  func outputWidth(for width: Int) -> Int
  func parameters(inputWidth: Int, path: String) -> [ParameterDescription]
  func validate(inputWidth: Int, path: String) throws(NetworkError)
  /// How the order of output channels follows from that of the input's.
  var channels: ChannelOrder { get }
  /// Layers of a residual branch; none for others.
  var branch: [Layer] { get }
  /// Width of the recurrent part; nil for layers without a state of their own.
  func recurrentWidth(inputWidth: Int) -> Int?
  /// Share of output values that are expected to be non-zero where that is below 1 by design.
  var expectedActivity: Double { get }

  // MARK: Folding

  /// The layer as a map scale x + shift with stored statistics; nil for layers that are no such
  /// map.
  func affine(at path: String, of network: Network) -> Affine?
  /// Whether a preceding affine map can go into the layer's matrices.
  var foldsAffine: Bool { get }
  /// Writes the layer's parameters, with the affine map before it taken in, below `newPath`.
  func fold(
    _ affine: Affine?, into folding: inout Folding, _ place: LayerPlace, to newPath: String
  ) throws(NetworkError) -> Layer

  // MARK: Packing

  /// Appends the layer's records to a plan.
  func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues)

  // MARK: Fixed point

  /// The layer and its parameters in the form that fixed point has.
  func fixedPointForm(at path: String, _ parameters: inout [String: Tensor]) -> Layer
  /// Places with exponents of their own, in the order of a step; see ``Quantization/activations``.
  func activationPlaces(at path: String) -> [String]
  /// Chooses exponents and rounds parameters.
  ///
  /// - Parameter x: the exponent of the input. Returns that of the output.
  func chooseExponents(_ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer) -> Int
  /// Derives the integers that a step needs, and proves that no sum overflows.
  ///
  /// - Parameter x: the exponent of the input. Returns that of the output.
  func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int
  /// Whether a step applies this function in the same pass that rounds the layer's result.
  func fuses(_ function: ActivationFunction) -> Bool
}

/// How the order of a layer's output channels follows from that of its inputs, where hidden units
/// are stored in another order.
package enum ChannelOrder: Sendable {
  /// Output i belongs to input i.
  case kept
  /// Outputs have an order of their own.
  case new
  /// Outputs have to stay where they are.
  case fixed
}

extension LayerRule {
  package static func keys(ofKind kind: String) -> [String] { [] }
  package func encodeMembers(to encoder: any Encoder) throws {}
  package var title: String { kind }

  package func outputWidth(for width: Int) -> Int { width }
  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] { [] }
  package func validate(inputWidth: Int, path: String) throws(NetworkError) {}
  package var channels: ChannelOrder { .kept }
  package var branch: [Layer] { [] }
  package func recurrentWidth(inputWidth: Int) -> Int? { nil }
  package var expectedActivity: Double { 1 }

  package func affine(at path: String, of network: Network) -> Affine? { nil }
  package var foldsAffine: Bool { false }

  package func fold(
    _ affine: Affine?, into folding: inout Folding, _ place: LayerPlace, to newPath: String
  ) throws(NetworkError) -> Layer {
    folding.copyParameters(of: place, to: newPath)
    return layer
  }

  package func fixedPointForm(at path: String, _ parameters: inout [String: Tensor]) -> Layer {
    layer
  }
  package func activationPlaces(at path: String) -> [String] { [path] }
  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int { x }
  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    throw .invalid("\(place.path): there is no \(title) in fixed point")
  }
  package func fuses(_ function: ActivationFunction) -> Bool { false }
}

/// In JSON a layer is an object whose "kind" names it, with its sizes beside that:
///
///     {"kind": "dense", "outputs": 192}
///     {"kind": "residual", "layers": [{"kind": "normalization"}, …]}
extension Layer: Codable {
  private enum Key: String, CodingKey { case kind }

  /// Reads a layer by its `kind`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let kind = try container.decode(String.self, forKey: .kind)
    guard let rule = Layer.rules.first(where: { $0.kinds.contains(kind) }) else {
      let known = Layer.rules.flatMap { $0.kinds }.joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: container,
        debugDescription: "\"\(kind)\" is no kind of layer; expected one of \(known)")
    }
    try decoder.refuseKeys(besides: [Key.kind.rawValue] + rule.keys(ofKind: kind))
    self = try rule.init(kind: kind, from: decoder).layer
  }

  /// Writes a layer with its `kind`.
  public func encode(to encoder: any Encoder) throws {
    let rule = rule
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(rule.kind, forKey: .kind)
    try rule.encodeMembers(to: encoder)
  }
}
