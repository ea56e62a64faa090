/// Networks in fixed point: a tensor of integers a parameter, without its zeros where that takes
/// fewer bytes, and one of exponents a group of parameters.
extension SafeTensors {
  static let exponentsSuffix = ".exponents"

  /// Stores the integers and exponents of a network in fixed point.
  mutating func storeIntegers(of network: Network, _ quantization: Quantization) {
    for group in network.parameterGroups ?? [] {
      let exponents = quantization.parameters[group.name] ?? [0]
      let name = group.name + Self.exponentsSuffix
      tensors[name] = Tensor(shape: [exponents.count], values: exponents.map(Float.init))
      types[name] = .int8
      let formats = exponents.map { FixedPointFormat(bits: 32, exponent: $0) }
      for parameter in group.parameters {
        let values = network[parameter.name].values
        let columns = max(values.count / formats.count, 1)
        // An integer has as many digits as its value, so it is a float, too.
        let integers = values.indices.map { Float(formats[$0 / columns].integer(values[$0])) }
        store(
          Tensor(shape: parameter.shape, values: integers), as: parameter.name,
          type: ElementType(holding: integers))
      }
    }
  }

  /// Takes the exponents of groups out of the file: one, or one per row.
  mutating func takeExponents(
    of groups: [ParameterGroup]
  ) throws(ModelFileError) -> [String: [Int]] {
    var exponents: [String: [Int]] = [:]
    for group in groups {
      let name = group.name + Self.exponentsSuffix
      guard let tensor = tensors[name], types[name] == .int8, tensor.shape.count == 1,
        tensor.count == 1 || tensor.count == group.rows,
        tensor.values.allSatisfy({ Quantization.exponents.contains(Int($0)) })
      else {
        throw .malformed(
          "\(name) is missing, or not one exponent or \(group.rows), each from -64 to 64")
      }
      tensors[name] = nil
      exponents[group.name] = tensor.values.map { Int($0) }
    }
    return exponents
  }

  /// Takes the integers of all parameters out of the file.
  ///
  /// - Parameters:
  ///   - groups: those of the network.
  ///   - descriptions: of all parameters, in order.
  ///   - quantization: with exponents for all groups.
  ///   - version: of the model file.
  mutating func takeIntegers(
    _ groups: [ParameterGroup], _ descriptions: [ParameterDescription],
    _ quantization: Quantization, version: Int
  ) throws(ModelFileError) -> IntegerParameters {
    var file = self
    tensors = [:]
    let integers = try IntegerParameters(
      groups, descriptions, quantization,
      bytes: { parameter, format throws(ModelFileError) in
        try file.takeIntegers(of: parameter, format, version: version)
      },
      words: { parameter, format throws(ModelFileError) in
        try file.takeIntegers(of: parameter, format, version: version)
      }, orThrow: { .invalid($0) })
    if let stranger = file.tensors.keys.sorted().first {
      throw .invalid(.invalid("the parameter \(stranger) belongs to no layer"))
    }
    return integers
  }

  private mutating func takeIntegers<Integer: FixedWidthInteger & SignedInteger>(
    of parameter: ParameterDescription, _ format: IntegerFormat, version: Int
  ) throws(ModelFileError) -> [Integer] {
    let name = parameter.name
    var integers = [Integer](repeating: 0, count: parameter.count)
    let limit = format.limit
    var wrong: (index: Int, value: Float)?
    func requireIntegers(_ name: String) throws(ModelFileError) {
      guard types[name]?.isInteger == true else {
        throw .malformed("\(name) has no integers, but the network is in fixed point")
      }
    }
    if let sparse = try sparseTensor(name) {
      try requireIntegers(name + Self.valuesSuffix)
      let isWhole = integers.withUnsafeMutableBufferPointer { integers in
        sparse.place(in: integers.count, version: version) { index, value in
          if value.magnitude <= limit {
            integers[index] = Integer(value)
          } else {
            wrong = (index, value)
          }
        }
      }
      guard isWhole else { throw sparse.misfit(name, parameter.shape) }
      tensors[name + Self.gapsSuffix] = nil
      tensors[name + Self.valuesSuffix] = nil
    } else {
      guard let tensor = tensors[name] else {
        throw .invalid(.invalid("the parameter \(name) is missing"))
      }
      do throws(NetworkError) { try parameter.check(tensor.shape) } catch { throw .invalid(error) }
      try requireIntegers(name)
      for (index, value) in tensor.values.enumerated() {
        if value.magnitude <= limit {
          integers[index] = Integer(value)
        } else {
          wrong = (index, value)
        }
      }
      tensors[name] = nil
    }
    do throws(NetworkError) {
      if let (index, value) = wrong {
        throw format.noInteger(value, at: index, among: integers.count, named: name)
      }
      try format.check(integers, of: parameter)
    } catch {
      throw .invalid(error)
    }
    return integers
  }
}

extension SafeTensors.ElementType {
  /// The narrowest integers that hold all values.
  fileprivate init(holding integers: [Float]) {
    let largest = integers.reduce(0) { max($0, $1.magnitude) }
    self = largest <= 127 ? .int8 : largest <= 32_767 ? .int16 : .int32
  }
}
