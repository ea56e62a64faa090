/// The integers of a group of parameters (``ParameterGroup``): one part, or the real and the
/// imaginary one of a complex parameter; row-major.
package struct IntegerGroup: Sendable, Equatable {
  /// Those of matrices; none for other parameters.
  package var weights: [[Int8]] = []
  /// Those of other parameters; none for matrices.
  package var parts: [[Int32]] = []
  /// Of each row: an integer is worth 2^-exponent.
  package var exponents: [Int]

  /// The integers of a part, whatever they are stored as.
  package func values(_ part: Int) -> [Int] {
    weights.isEmpty ? parts[part].map(Int.init) : weights[part].map(Int.init)
  }
}

/// All parameters of a network in fixed point, as integers.
package struct IntegerParameters: Sendable, Equatable {
  /// By ``ParameterGroup/name``.
  package let groups: [String: IntegerGroup]
  private let descriptions: [ParameterDescription]

  /// Takes the integers of each parameter, which are checked.
  ///
  /// - Parameters:
  ///   - make: Makes the integers of a parameter from exponents of rows and a limit of magnitudes:
  ///     as bytes, of a matrix, or as words.
  init<Failure: Error>(
    _ groups: [ParameterGroup], _ descriptions: [ParameterDescription],
    _ quantization: Quantization,
    bytes: (ParameterDescription, IntegerFormat) throws(Failure)
      -> [Int8], words: (ParameterDescription, IntegerFormat) throws(Failure) -> [Int32],
    orThrow failure: (NetworkError) -> Failure
  ) throws(Failure) {
    let scheme = quantization.scheme
    var result: [String: IntegerGroup] = [:]
    for group in groups {
      let exponents: [Int]
      do throws(NetworkError) { exponents = try group.exponents(quantization) } catch {
        throw failure(error)
      }
      let format = IntegerFormat(bits: group.bits(scheme), exponents: exponents)
      var integers = IntegerGroup(exponents: exponents)
      for parameter in group.parameters {
        if group.kind == .weights {
          integers.weights.append(try bytes(parameter, format))
        } else {
          integers.parts.append(try words(parameter, format))
        }
      }
      result[group.name] = integers
    }
    self.groups = result
    self.descriptions = descriptions
  }

  /// Reads the integers that numbers on the grids of fixed point stand for.
  ///
  /// - Throws: ``NetworkError`` where a number lies on no grid, or an exponent is missing.
  init(
    _ descriptions: [ParameterDescription], _ values: [String: Tensor],
    _ quantization: Quantization
  ) throws(NetworkError) {
    try quantization.scheme.validate()
    guard let groups = descriptions.fixedPointGroups else { throw .notForFixedPoint(descriptions) }
    func tensor(_ parameter: ParameterDescription) throws(NetworkError) -> Tensor {
      guard let tensor = values[parameter.name] else {
        throw .invalid("the parameter \(parameter.name) is missing")
      }
      return tensor
    }
    try self.init(
      groups, descriptions, quantization,
      bytes: { parameter, format throws(NetworkError) in
        try format.integers(tensor(parameter).values, named: parameter.name)
      },
      words: { parameter, format throws(NetworkError) in
        try format.integers(tensor(parameter).values, named: parameter.name)
      }, orThrow: { $0 })
  }

  /// The parameters as numbers.
  var numbers: [String: Tensor] {
    var numbers: [String: Tensor] = [:]
    forEach(
      bytes: { numbers[$0.name] = Tensor(shape: $0.shape, values: $1.numbers($2)) },
      words: { numbers[$0.name] = Tensor(shape: $0.shape, values: $1.numbers($2)) })
    return numbers
  }

  /// Parameters that are not zero, by name.
  var nonZeroCounts: [String: Int] {
    var counts: [String: Int] = [:]
    forEach(
      bytes: { counts[$0.name] = $2.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } },
      words: { counts[$0.name] = $2.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } })
    return counts
  }

  /// Adds names and bits of all numbers to a hash, in the order of the network.
  func add(to hash: inout FNV1a) {
    forEach(
      bytes: {
        hash.add($0.name)
        $1.add($2, to: &hash)
      },
      words: {
        hash.add($0.name)
        $1.add($2, to: &hash)
      })
  }

  /// Visits the integers of all parameters in the order of the network.
  private func forEach(
    bytes: (ParameterDescription, IntegerFormat, [Int8]) -> Void,
    words: (ParameterDescription, IntegerFormat, [Int32]) -> Void
  ) {
    for description in descriptions {
      guard let group = groups[description.group] else { continue }
      let part: Int = if case .imaginary = description.part { 1 } else { 0 }
      let format = IntegerFormat(bits: 32, exponents: group.exponents)
      if group.weights.isEmpty {
        words(description, format, group.parts[part])
      } else {
        bytes(description, format, group.weights[part])
      }
    }
  }

  package static func == (one: Self, other: Self) -> Bool { one.groups == other.groups }
}

/// How integers of a parameter stand for numbers, row by row.
struct IntegerFormat {
  let bits: Int
  /// Of each row.
  let exponents: [Int]

  /// The largest magnitude of an integer.
  var limit: Float { Float(FixedPointFormat(bits: bits, exponent: 0).limit) }

  private func columns(_ count: Int) -> Int { max(count / max(exponents.count, 1), 1) }

  /// The integers that numbers stand for, most of them being zero.
  ///
  /// - Throws: ``NetworkError`` where a number stands for none.
  func integers<Integer: FixedWidthInteger>(
    _ values: [Float], named name: String
  ) throws(NetworkError) -> [Integer] {
    let limit = limit
    let columns = columns(values.count)
    var wrong: Int?
    let integers = [Integer](unsafeUninitializedCapacity: max(1, values.count)) { integers, count in
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
            integers[index] = Integer(integer)
          }
        }
      }
    }
    if let wrong {
      throw noInteger(values[wrong], at: wrong, exponent: exponents[wrong / columns], named: name)
    }
    return integers
  }

  /// The error for an integer of too many bits.
  func noInteger(
    _ integer: Float, at index: Int, among count: Int, named name: String
  ) -> NetworkError {
    let exponent = exponents[index / columns(count)]
    let value = integer * FixedPointFormat(bits: 32, exponent: exponent).step
    return noInteger(value, at: index, exponent: exponent, named: name)
  }

  private func noInteger(
    _ value: Float, at index: Int, exponent: Int, named name: String
  ) -> NetworkError {
    .invalid(
      "\(name) has the value \(value) at \(index), which is not an integer of \(bits) bits times "
        + "2^-\(exponent)")
  }

  /// Checks that integers stand for numbers that make sense.
  func check<Integer: FixedWidthInteger>(
    _ integers: [Integer], of parameter: ParameterDescription
  ) throws(NetworkError) {
    guard parameter.range != ParameterDescription.finite else { return }
    for (index, value) in numbers(integers).enumerated() { try parameter.check(value, at: index) }
  }

  /// The numbers that integers stand for.
  func numbers<Integer: FixedWidthInteger>(_ integers: [Integer]) -> [Float] {
    let columns = columns(integers.count)
    return [Float](unsafeUninitializedCapacity: max(1, integers.count)) { numbers, count in
      count = integers.count
      for (row, exponent) in exponents.enumerated() {
        let step = FixedPointFormat(bits: 32, exponent: exponent).step
        for i in row * columns..<min((row + 1) * columns, integers.count) {
          numbers.initializeElement(at: i, to: Float(integers[i]) * step)
        }
      }
    }
  }

  /// Adds the bits of the numbers that integers stand for to a hash.
  func add<Integer: FixedWidthInteger>(_ integers: [Integer], to hash: inout FNV1a) {
    let columns = columns(integers.count)
    var zeros = 0
    for (row, exponent) in exponents.enumerated() {
      let step = FixedPointFormat(bits: 32, exponent: exponent).step
      for i in row * columns..<min((row + 1) * columns, integers.count) {
        let integer = integers[i]
        if integer == 0 {
          zeros += 1
        } else {
          hash.add(zeros: zeros)
          zeros = 0
          hash.add(UInt64((Float(integer) * step).bitPattern))
        }
      }
    }
    hash.add(zeros: zeros)
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
