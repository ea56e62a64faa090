/// The numbers that a step of a layer in fixed point needs: integers, and by how many bits results
/// are shifted. `Documentation/FixedPoint.md` has the arithmetic.
package protocol IntegerForm: Sendable {}

/// A matrix and what is added to its products, row-major.
struct IntegerMatrix: Sendable {
  var rows: Int
  var columns: Int
  var weights: [Int8]
  /// In units of a product of a weight of that row and an activation.
  var bias: [Int32]
}

/// The integers of a network in fixed point, and how its layers' numbers fit each other: made once,
/// when the network is, and read by packing, files and chip models.
package struct IntegerNetwork: Sendable {
  package let parameters: IntegerParameters
  package let inputExponent: Int
  package let outputExponent: Int
  /// The largest magnitude of an activation.
  package let limit: Int32
  /// By path. Rectifiers have no integers of their own.
  private let forms: [String: any IntegerForm]

  /// - Throws: ``NetworkError`` where exponents are missing or do not fit each other, or a sum
  ///   could exceed its bits.
  init(
    _ layers: [Layer], inputWidth: Int, _ parameters: IntegerParameters,
    _ quantization: Quantization
  ) throws(NetworkError) {
    var builder = IntegerBuilder(quantization: quantization, parameters: parameters)
    inputExponent = try builder.exponent(at: "input")
    outputExponent = try builder.walk(
      layers.placed(inputWidth: inputWidth, path: ""), inputExponent)
    limit = FixedPointFormat(bits: quantization.scheme.activationBits, exponent: 0).limit
    forms = builder.forms
    self.parameters = parameters
  }

  func form(at path: String) -> (any IntegerForm)? { forms[path] }
}

/// Derives a network's integers layer by layer.
package struct IntegerBuilder {
  private let quantization: Quantization
  private let parameters: IntegerParameters
  /// By path.
  var forms: [String: any IntegerForm] = [:]

  fileprivate init(quantization: Quantization, parameters: IntegerParameters) {
    self.quantization = quantization
    self.parameters = parameters
  }

  var scheme: QuantizationScheme { quantization.scheme }

  /// - Parameter x: the exponent of the layers' input. Returns that of their output.
  mutating func walk(_ places: [LayerPlace], _ x: Int) throws(NetworkError) -> Int {
    var x = x
    for place in places { x = try place.layer.rule.makeIntegers(place, x, in: &self) }
    return x
  }

  func exponent(at place: String) throws(NetworkError) -> Int {
    guard let exponent = quantization.activations[place] else {
      throw .invalid("quantization: no exponent for what is at \(place)")
    }
    guard Quantization.exponents.contains(exponent) else {
      throw .invalid("quantization: the exponent \(exponent) at \(place); expected -64 to 64")
    }
    return exponent
  }

  /// A group of parameters.
  func group(_ name: String) throws(NetworkError) -> IntegerGroup {
    guard let group = parameters.groups[name] else {
      throw .invalid("quantization: no integers for \(name)")
    }
    return group
  }

  /// A matrix that multiplies values with the exponent `input`, and the exponent of each row's
  /// products.
  ///
  /// - Parameter first: the matrix's first row among the bias's.
  func matrix(
    _ name: String, bias biasName: String, from first: Int = 0, input: Int
  ) throws(NetworkError) -> (IntegerMatrix, exponents: [Int]) {
    let weights = try group(name)
    let exponents = weights.exponents.map { $0 + input }
    var biases = try group(biasName)
    let own = first..<first + exponents.count
    biases.parts[0] = Array(biases.parts[0][own])
    biases.exponents = Array(biases.exponents[own])
    let bias = try aligned(biases, 0, to: exponents, at: biasName)
    let rows = exponents.count
    return (
      IntegerMatrix(
        rows: rows, columns: weights.weights[0].count / max(rows, 1),
        weights: weights.weights[0], bias: bias), exponents
    )
  }

  /// A bias in units of the products that it is added to.
  func aligned(
    _ bias: IntegerGroup, _ part: Int, to exponents: [Int], at path: String
  ) throws(NetworkError) -> [Int32] {
    var result: [Int32] = []
    for (index, value) in bias.parts[part].enumerated() {
      let left = try shift(exponents[index] - bias.exponents[index], in: 0...62, at: path)
      let wide = Int64(value) << Int64(left)
      guard wide >> Int64(left) == Int64(value), let narrow = Int32(exactly: wide) else {
        throw .invalid("\(path): the bias at \(index) exceeds 32 bits")
      }
      result.append(narrow)
    }
    return result
  }

  func shift(
    _ shift: Int, in range: ClosedRange<Int>, at path: String
  ) throws(NetworkError) -> Int {
    guard range.contains(shift) else {
      throw .invalid(
        "\(path): its exponents ask for a shift by \(shift) bits; expected "
          + "\(range.lowerBound) to \(range.upperBound)")
    }
    return shift
  }

  /// Shifts that bring values with these exponents, a row each, to one exponent.
  func shifts(
    _ exponents: [Int], to exponent: Int, least: Int = 0, at path: String
  ) throws(NetworkError) -> [Int32] {
    var shifts: [Int32] = []
    for row in exponents {
      shifts.append(Int32(try shift(row - exponent, in: least...31, at: path)))
    }
    return shifts
  }

  /// Proves that no sum of a row can exceed 32 bits, whatever the activations.
  ///
  /// - Parameters:
  ///   - left: by how many bits sums are shifted to the left.
  ///   - others: further weights of the same rows.
  func check(
    _ matrix: IntegerMatrix, _ shifts: [Int32], left: Int = 0, with others: [Int8] = [],
    at path: String
  ) throws(NetworkError) {
    for row in 0..<matrix.rows {
      func sum(_ weights: [Int8]) -> Int64 {
        weights[row * matrix.columns..<(row + 1) * matrix.columns].reduce(0) {
          $0 + Int64($1.magnitude)
        }
      }
      let half: Int64 = shifts.isEmpty ? 0 : (1 << Int64(shifts[row])) >> 1
      let weights = sum(matrix.weights) + (others.isEmpty ? 0 : sum(others))
      let most = weights * largestActivation + Int64(matrix.bias[row].magnitude)
      guard most <= Int64(Int32.max) >> Int64(left),
        most << Int64(left) + half <= Int64(Int32.max)
      else {
        throw .invalid(
          "\(path): the weights of row \(row) add up to \(weights), and times "
            + "\(scheme.activationBits)-bit activations to more than 32 bits hold")
      }
    }
  }
  /// A bound of activations' magnitudes.
  private var largestActivation: Int64 { Int64(1) << Int64(scheme.activationBits - 1) }

  /// Proves that sums of two matrices, row by row, fit 32 bits where each is shifted by its shift,
  /// to the left by negative ones, and that the sums of each do.
  func check(
    _ a: IntegerMatrix, _ aShifts: [Int32], plus q: IntegerMatrix, _ qShifts: [Int32],
    from first: Int,
    at path: String
  ) throws(NetworkError) {
    func most(_ matrix: IntegerMatrix, _ shifts: [Int32], _ row: Int) -> Int64 {
      let weights = matrix.weights[row * matrix.columns..<(row + 1) * matrix.columns]
      let sum = weights.reduce(Int64(matrix.bias[row].magnitude)) {
        $0 + Int64($1.magnitude) * largestActivation
      }
      guard shifts[row] > 0 else { return sum << Int64(-shifts[row]) }
      let half = Int64(1) << Int64(shifts[row] - 1)
      return sum + half > Int64(Int32.max) ? .max / 2 : (sum + half) >> Int64(shifts[row])
    }
    for row in 0..<q.rows {
      guard
        most(a, aShifts, first + row) + most(q, qShifts, row) <= Int64(Int32.max)
      else {
        throw .invalid(
          "\(path): what row \(first + row) adds up may be more than 32 bits hold: its weights or "
            + "its inputs are too large")
      }
    }
  }
}
