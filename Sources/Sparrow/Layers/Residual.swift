import CSparrow

/// x + f(x), f being layers in order whose output is as wide as their input.
package struct ResidualLayer: LayerRule {
  package var layers: [Layer]

  package init(layers: [Layer]) { self.layers = layers }

  private enum Key: String, CodingKey { case layers }

  package static var kinds: [String] { ["residual"] }
  package static func keys(ofKind kind: String) -> [String] { [Key.layers.rawValue] }
  package init(kind: String, from decoder: any Decoder) throws {
    layers = try decoder.container(keyedBy: Key.self).decode([Layer].self, forKey: .layers)
  }
  package var kind: String { "residual" }
  package func encodeMembers(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(layers, forKey: .layers)
  }
  package var layer: Layer { .residual(layers) }
  package var branch: [Layer] { layers }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    layers.parameters(inputWidth: inputWidth, path: path)
  }

  package func validate(inputWidth width: Int, path: String) throws(NetworkError) {
    let output = try layers.validate(inputWidth: width, path: path)
    guard output == width else {
      throw .invalid(
        "\(path): a residual branch gives \(output) values for \(width); they have to be as many")
    }
  }

  package func fold(
    _ affine: Affine?, into folding: inout Folding, _ place: LayerPlace, to newPath: String
  ) throws(NetworkError) -> Layer {
    .residual(
      try folding.fold(
        layers.placed(inputWidth: place.width, path: place.path), below: newPath))
  }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    let x = values.settle(&packer, toChange: false)
    var branch = packer.pack(
      layers.placed(inputWidth: place.width, path: place.path),
      PackedValues(slot: x, isOwned: false))
    if branch == x {  // a branch without layers: x + x
      branch = packer.scratch.allocate(x.width)
      packer.appendAffine(.identity(x.width), from: x, to: branch)
    }
    var record = sparrow_layer(SPARROW_LAYER_ADD, input: x, output: branch)
    if let integers = packer.integers(at: place.path, as: IntegerSum.self) {
      record.shifts = (UInt32(integers.input), UInt32(integers.branch), UInt32(integers.result))
    }
    packer.append(record, of: place.path)
    values.replace(by: branch, &packer)
  }

  // MARK: Fixed point

  package func fixedPointForm(at path: String, _ parameters: inout [String: Tensor]) -> Layer {
    .residual(layers.fixedPointForm(path: path, &parameters))
  }

  package func activationPlaces(at path: String) -> [String] {
    layers.activationPlaces(path: path) + [path]
  }

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    let y = quantizer.walk(layers.placed(inputWidth: place.width, path: place.path), x)
    return quantizer.chooseExponent(at: place.path, most: max(x, y))
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    let y = try builder.walk(layers.placed(inputWidth: place.width, path: place.path), x)
    let sum = try builder.exponent(at: place.path)
    let finest = max(x, y)
    builder.forms[place.path] = IntegerSum(
      input: try builder.shift(finest - x, in: 0...14, at: place.path),
      branch: try builder.shift(finest - y, in: 0...14, at: place.path),
      result: try builder.shift(finest - sum, in: 0...31, at: place.path))
    return sum
  }

  /// Sums are rounded with a rectifier after them.
  package func fuses(_ function: ActivationFunction) -> Bool { function == .relu }
}

/// Shifts of a sum: left of the branch's input, left of its output, right of the sum.
struct IntegerSum: IntegerForm {
  var input: Int
  var branch: Int
  var result: Int
}
