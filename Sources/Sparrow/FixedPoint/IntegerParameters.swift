/// The integers of a group of parameters (``ParameterGroup``).
package struct IntegerGroup: Sendable, Equatable {
  /// One part, or the real and the imaginary one of a complex parameter; row-major.
  package var parts: [[Int32]]
  /// Of each row: an integer is worth 2^-exponent.
  package var exponents: [Int]
}

/// All parameters of a network in fixed point, as integers.
package struct IntegerParameters: Sendable, Equatable {
  /// By ``ParameterGroup/name``.
  package let groups: [String: IntegerGroup]

  /// Reads the integers that numbers on the grids of fixed point stand for.
  ///
  /// - Throws: ``NetworkError`` where a number lies on no grid, or an exponent is missing.
  init(
    _ descriptions: [ParameterDescription], _ values: [String: Tensor],
    _ quantization: Quantization
  ) throws(NetworkError) {
    let scheme = quantization.scheme
    try scheme.validate()
    guard let groups = descriptions.fixedPointGroups else { throw .notForFixedPoint(descriptions) }
    var result: [String: IntegerGroup] = [:]
    for group in groups {
      let exponents = try group.exponents(quantization)
      let limit = FixedPointFormat(bits: group.bits(scheme), exponent: 0).limit
      var parts: [[Int32]] = []
      for parameter in group.parameters {
        guard let tensor = values[parameter.name] else {
          throw .invalid("the parameter \(parameter.name) is missing")
        }
        let columns = max(tensor.count / max(group.rows, 1), 1)
        let (part, wrong) = Self.integers(
          tensor.values, exponents, columns: columns, limit: Float(limit))
        if let wrong {
          throw .invalid(
            "\(parameter.name) has the value \(tensor.values[wrong]) at \(wrong), which is not an "
              + "integer of \(group.bits(scheme)) bits times 2^-\(exponents[wrong / columns])")
        }
        parts.append(part)
      }
      result[group.name] = IntegerGroup(parts: parts, exponents: exponents)
    }
    self.groups = result
  }

  /// The integers that numbers stand for, most of them being zero; or the place of the first number
  /// that stands for none.
  private static func integers(
    _ values: [Float], _ exponents: [Int], columns: Int, limit: Float
  ) -> (integers: [Int32], wrong: Int?) {
    var wrong: Int?
    let integers = [Int32](unsafeUninitializedCapacity: values.count) { integers, count in
      integers.initialize(repeating: 0)
      count = values.count
      values.withUnsafeBufferPointer { values in
        for (row, exponent) in exponents.enumerated() {
          let scale = Float(sign: .plus, exponent: exponent, significand: 1)
          for index in row * columns..<min((row + 1) * columns, values.count)
          where values[index] != 0 {
            let integer = values[index] * scale
            guard integer.magnitude <= limit, integer == integer.rounded() else {
              wrong = index
              return
            }
            integers[index] = Int32(integer)
          }
        }
      }
    }
    return (integers, wrong)
  }
}

extension ParameterGroup {
  /// The exponent of every row.
  fileprivate func exponents(_ quantization: Quantization) throws(NetworkError) -> [Int] {
    guard let given = quantization.parameters[name] else {
      throw .invalid("quantization: no exponents for \(name)")
    }
    guard given.count == 1 || (given.count == rows && isByRow(quantization.scheme)),
      given.allSatisfy(Quantization.exponents.contains)
    else {
      throw .invalid(
        "quantization: the \(given.count) exponents of \(name) are not one, or one a row, from "
          + "-64 to 64")
    }
    return given.count == 1 ? Array(repeating: given[0], count: rows) : given
  }
}
