/// What the JSON of a model file says of a network in fixed point. Parameters and their exponents
/// are tensors.
struct FixedPointDescription: Codable {
  var scheme: QuantizationScheme
  /// See ``Quantization/activations``.
  var activations: [String: Int]

  init(_ quantization: Quantization) {
    scheme = quantization.scheme
    activations = quantization.activations
  }

  /// The groups that parameters of a network in fixed point make.
  func groups(
    of parameters: [ParameterDescription]
  ) throws(ModelFileError) -> [ParameterGroup] {
    do throws(NetworkError) { try scheme.validate() } catch { throw .invalid(error) }
    guard let groups = parameters.fixedPointGroups else {
      throw .invalid(.notForFixedPoint(parameters))
    }
    return groups
  }

  /// Takes parameters and exponents out of the file.
  ///
  /// - Parameters:
  ///   - parameters: those of the network.
  ///   - version: of the model file.
  func read(
    from file: inout SafeTensors, _ parameters: [ParameterDescription], version: Int
  ) throws(ModelFileError) -> (Quantization, IntegerParameters) {
    let groups = try groups(of: parameters)
    var quantization = Quantization(scheme: scheme, activations: activations, parameters: [:])
    quantization.parameters = try file.takeExponents(of: groups)
    return (
      quantization,
      try file.takeIntegers(groups, parameters, quantization, version: version)
    )
  }
}
