/// What the JSON of a model file says of a network in fixed point. Exponents of parameters lie in tensors of
/// their own, beside the integers.
struct FixedPointDescription: Codable {
  var scheme: QuantizationScheme
  /// See ``Quantization/activations``.
  var activations: [String: Int]

  init(_ quantization: Quantization) {
    scheme = quantization.scheme
    activations = quantization.activations
  }

  /// Makes numbers of the file's integers, and takes the exponents out of it.
  ///
  /// - Parameter parameters: those of the network.
  func read(
    from file: inout SafeTensors, _ parameters: [ParameterDescription]
  ) throws(ModelFileError) -> Quantization {
    guard let groups = parameters.fixedPointGroups else {
      throw .invalid(
        .invalid("in fixed point there are no normalisations, and recurrences are discrete"))
    }
    var quantization = Quantization(scheme: scheme, activations: activations, parameters: [:])
    for group in groups {
      let name = group.name + SafeTensors.exponentsSuffix
      guard let tensor = file.tensors[name], file.types[name] == .int8, tensor.shape.count == 1,
        tensor.count == 1 || tensor.count == group.rows,
        tensor.values.allSatisfy({ Quantization.exponents.contains(Int($0)) })
      else {
        throw .malformed(
          "\(name) is missing, or not one exponent or \(group.rows), each from -64 to 64")
      }
      file.tensors[name] = nil
      let formats = tensor.values.map { FixedPointFormat(bits: 32, exponent: Int($0)) }
      quantization.parameters[group.name] = formats.map(\.exponent)
      for parameter in group.parameters {
        // A tensor that is missing or has another shape is told of with those of other networks.
        guard let integers = file.tensors[parameter.name], integers.shape == parameter.shape else {
          continue
        }
        guard file.types[parameter.name]?.isInteger == true else {
          throw .malformed("\(parameter.name) has no integers, but the network is in fixed point")
        }
        let columns = max(integers.count / max(formats.count, 1), 1)
        file.tensors[parameter.name] = Tensor(
          shape: integers.shape,
          values: integers.values.enumerated().map {
            $0.element * formats[$0.offset / columns].step
          })
      }
    }
    return quantization
  }
}

extension SafeTensors {
  static let exponentsSuffix = ".exponents"

  /// Stores the parameters of a network in fixed point as integers, and their exponents.
  mutating func store(_ network: Network, _ quantization: Quantization) {
    for group in network.parameterGroups ?? [] {
      let exponents = quantization.parameters[group.name] ?? [0]
      let name = group.name + Self.exponentsSuffix
      tensors[name] = Tensor(shape: [exponents.count], values: exponents.map(Float.init))
      types[name] = .int8
      let formats = exponents.map { FixedPointFormat(bits: 32, exponent: $0) }
      let bits = group.bits(quantization.scheme)
      for parameter in group.parameters {
        let tensor = network[parameter.name]
        let columns = max(tensor.count / formats.count, 1)
        let integers = Tensor(
          shape: tensor.shape,
          values: tensor.values.enumerated().map {
            Float(formats[$0.offset / columns].integer($0.element))
          })
        store(integers, as: parameter.name, type: bits <= 8 ? .int8 : bits <= 16 ? .int16 : .int32)
      }
    }
  }
}
