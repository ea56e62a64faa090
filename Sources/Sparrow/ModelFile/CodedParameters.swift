/// The parameters of a network in fixed point, all in one tensor of bytes, arithmetically coded.
///
/// `Documentation/ModelFiles.md` describes the code. A checksum stands behind it: most changes of a
/// bit give another network that makes as much sense.
struct CodedParameters {
  static let name = "integers"

  /// The tensor's bytes, checksum included.
  let bytes: [UInt8]

  /// Encodes the parameters of a network in fixed point.
  init(_ network: Network, _ quantization: Quantization) {
    var encoder = RangeEncoder()
    var exponentModel = ByteModel()
    var tensorModel = IntegerTensorModel()
    for group in network.parameterGroups ?? [] {
      let exponents = quantization.parameters[group.name] ?? [0]
      encoder.encode(exponents.count > 1, .even)
      for exponent in exponents {
        exponentModel.encode(UInt8(exponent + 128), to: &encoder)
      }
      let formats = exponents.map { FixedPointFormat(bits: 32, exponent: $0) }
      for parameter in group.parameters {
        let values = network[parameter.name].values
        let columns = max(values.count / formats.count, 1)
        tensorModel.encode(
          values.indices.map { formats[$0 / columns].integer(values[$0]) }, to: &encoder)
      }
    }
    encoder.finish()
    let sum = checksum(encoder.bytes)
    bytes = encoder.bytes + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
  }

  /// Takes the tensor out of a file.
  init(from file: inout SafeTensors) throws(ModelFileError) {
    guard let tensor = file.tensors.removeValue(forKey: Self.name),
      file.types[Self.name] == .uint8, tensor.shape.count == 1, tensor.count >= 8
    else {
      throw .malformed(
        "\(Self.name) is missing, or not a vector of at least eight bytes (U8)")
    }
    if let stranger = file.tensors.keys.sorted().first {
      throw .malformed(
        "the tensor \(stranger) is not expected: in fixed point all lies in \(Self.name)")
    }
    bytes = tensor.values.map { UInt8($0) }
    let expected = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard checksum(bytes.dropLast(4)) == expected else {
      throw .malformed("\(Self.name) is damaged: its bytes don't have the checksum that it gives")
    }
  }

  /// - Parameter groups: what the network has, in order.
  /// - Returns: parameters by name, and the exponents of each group.
  func decode(
    _ groups: [ParameterGroup], _ scheme: QuantizationScheme
  ) throws(ModelFileError) -> (parameters: [String: Tensor], exponents: [String: [Int]]) {
    var decoder = RangeDecoder(bytes.dropLast(4))
    var exponentModel = ByteModel()
    var tensorModel = IntegerTensorModel()
    var parameters: [String: Tensor] = [:]
    var exponents: [String: [Int]] = [:]
    for group in groups {
      var formats: [FixedPointFormat] = []
      for _ in 0..<(decoder.decode(.even) ? group.rows : 1) {
        let exponent = Int(exponentModel.decode(from: &decoder)) - 128
        guard Quantization.exponents.contains(exponent) else {
          throw .malformed(
            "\(Self.name): \(group.name) has the exponent \(exponent); expected -64 to 64")
        }
        formats.append(FixedPointFormat(bits: 32, exponent: exponent))
      }
      exponents[group.name] = formats.map(\.exponent)
      let limit = FixedPointFormat(bits: group.bits(scheme), exponent: 0).limit
      for parameter in group.parameters {
        var tensor = Tensor(shape: parameter.shape, repeating: 0)
        let columns = max(tensor.count / max(formats.count, 1), 1)
        let fault = tensorModel.decode(count: tensor.count, limit: limit, from: &decoder) {
          tensor.values[$0] = Float($1) * formats[$0 / columns].step
        }
        if let fault { throw .malformed("\(Self.name): \(parameter.name) \(fault)") }
        parameters[parameter.name] = tensor
      }
    }
    guard decoder.isWhole else {
      throw .malformed(
        "\(Self.name) has \(decoder.isExhausted ? "fewer" : "more") bytes than the network's "
          + "parameters take")
    }
    return (parameters, exponents)
  }
}
