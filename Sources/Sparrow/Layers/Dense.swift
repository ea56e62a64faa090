import CSparrow

/// y = W x + b. Parameters: `weight` [outputs, inputs], `bias` [outputs].
public struct DenseLayer: Sendable, Hashable, Codable {
  /// The width of the output.
  public var outputs: Int

  /// A dense layer.
  public init(outputs: Int) { self.outputs = outputs }
}

extension DenseLayer: LayerRule {
  package static var kinds: [String] { ["dense"] }
  package static func keys(ofKind kind: String) -> [String] { ["outputs"] }
  package init(kind: String, from decoder: any Decoder) throws { try self.init(from: decoder) }
  package var kind: String { "dense" }
  package func encodeMembers(to encoder: any Encoder) throws { try encode(to: encoder) }
  package var layer: Layer { .dense(self) }

  package func outputWidth(for width: Int) -> Int { outputs }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    [
      ParameterDescription(
        "\(path).weight", [outputs, inputWidth], [.outputs, .inputs], .weight,
        fixedPoint: .weights),
      ParameterDescription("\(path).bias", [outputs], [.outputs], .bias, fixedPoint: .bias),
    ]
  }

  package func validate(inputWidth: Int, path: String) throws(NetworkError) {
    try Limits.check(outputs, "\(path): outputs")
  }

  package var channels: ChannelOrder { .new }

  // MARK: Folding

  package var foldsAffine: Bool { true }

  package func fold(
    _ affine: Affine?, into folding: inout Folding, _ place: LayerPlace, to newPath: String
  ) throws(NetworkError) -> Layer {
    folding.copyParameters(of: place, to: newPath, folding: affine, into: "weight", bias: "bias")
    return layer
  }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    values.transform(to: outputs, by: &packer) { packer, input, output, affine in
      var record = sparrow_layer(SPARROW_LAYER_DENSE, input: input, output: output)
      if let integers = packer.integers(at: place.path, as: IntegerDense.self) {
        record.matrices.0 = packer.append(integers.matrix, named: "\(place.path).weight")
        record.vectors.0 = packer.image.append(padded(integers.shifts))
        packer.appendWithWork(&record, of: place.path)
        return
      }
      var matrix = MatrixToPack(
        packer.network["\(place.path).weight"], bias: packer.network["\(place.path).bias"])
      if let affine { matrix.fold(affine) }
      record.matrices.0 = packer.append(matrix, named: "\(place.path).weight")
      packer.append(record, of: place.path)
    }
  }

  // MARK: Fixed point

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    let wanted = quantizer.chooseExponent(at: place.path)
    let products = quantizer.roundWeights(
      "\(place.path).weight", bias: "\(place.path).bias", times: x, to: wanted)
    return quantizer.chooseExponent(at: place.path, most: products.min() ?? wanted)
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    let y = try builder.exponent(at: place.path)
    let (matrix, exponents) = try builder.matrix(
      "\(place.path).weight", bias: "\(place.path).bias", input: x)
    let shifts = try builder.shifts(exponents, to: y, at: place.path)
    try builder.check(matrix, shifts, at: place.path)
    builder.forms[place.path] = IntegerDense(matrix: matrix, shifts: shifts)
    return y
  }

  /// A dense layer's sums are rounded with the function after it.
  package func fuses(_ function: ActivationFunction) -> Bool { true }
}

/// Sums of products, each shifted right by its row's shift.
struct IntegerDense: IntegerForm {
  var matrix: IntegerMatrix
  var shifts: [Int32]
}
