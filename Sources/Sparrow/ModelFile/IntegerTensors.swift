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

  /// Makes numbers of the integers, and takes the exponents out of the file.
  ///
  /// - Returns: the exponents of each group.
  mutating func replaceIntegers(
    _ groups: [ParameterGroup]
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
      let formats = tensor.values.map { FixedPointFormat(bits: 32, exponent: Int($0)) }
      exponents[group.name] = formats.map(\.exponent)
      for parameter in group.parameters {
        // A tensor that is missing or has another shape is told of with those of other networks.
        guard var integers = tensors[parameter.name], integers.shape == parameter.shape else {
          continue
        }
        guard types[parameter.name]?.isInteger == true else {
          throw .malformed("\(parameter.name) has no integers, but the network is in fixed point")
        }
        // One exponent holds for all rows.
        let columns = max(integers.count / max(formats.count, 1), 1)
        // Changed where they lie: nothing else holds them.
        var values = integers.values
        integers.values = []
        tensors[parameter.name] = nil
        values.withUnsafeMutableBufferPointer { values in
          for (row, format) in formats.enumerated() {
            let step = format.step
            for i in row * columns..<min((row + 1) * columns, values.count) { values[i] *= step }
          }
        }
        tensors[parameter.name] = Tensor(shape: integers.shape, values: values)
      }
    }
    return exponents
  }
}

extension SafeTensors.ElementType {
  /// The narrowest integers that hold all values.
  fileprivate init(holding integers: [Float]) {
    let largest = integers.reduce(0) { max($0, $1.magnitude) }
    self = largest <= 127 ? .int8 : largest <= 32_767 ? .int16 : .int32
  }
}
