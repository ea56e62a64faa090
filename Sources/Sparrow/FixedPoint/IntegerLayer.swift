/// A layer of a network in fixed point as a step needs it: integers, and by how many bits results are
/// shifted. What each one computes is in `Documentation/FixedPoint.md`.
enum IntegerLayer: Sendable {
  case dense(IntegerMatrix, shifts: [Int32])
  case recurrence(IntegerRecurrence)
  /// Left of the products, right of what that gives, right of the result.
  case gate(IntegerMatrix, left: Int, shifts: [Int32], shift: Int)
  /// Left of the argument, right of the argument, right of the result.
  case function(left: Int, argument: Int, result: Int)
  /// Left of what the branch began with, left of what it gives, right of the sum.
  case sum(input: Int, branch: Int, shift: Int)
}

/// A matrix and what is added to its products, row-major.
struct IntegerMatrix: Sendable {
  var rows: Int
  var columns: Int
  var weights: [Int8]
  /// In units of a product of a weight of that row and an activation.
  var bias: [Int32]
}

struct IntegerRecurrence: Sendable {
  /// Parts of complex numbers: those of the rows of B, and of the columns of C, which counts twice where
  /// states stand for pairs and has the sign of the imaginary part changed.
  var b: (real: IntegerMatrix, imaginary: IntegerMatrix)
  var c: (real: IntegerMatrix, imaginary: IntegerMatrix)
  var a: (real: [Int32], imaginary: [Int32])
  var aShift: Int
  var f: (real: [Int32], imaginary: [Int32])
  var fShifts: [Int32]
  var readShift: Int
  var cShifts: [Int32]
  var d: [Int32]
  var dShift: Int
}

/// The layers of a network in fixed point, and how their numbers fit each other.
struct IntegerNetwork: Sendable {
  /// By path. Rectifiers and residual branches have no integers of their own.
  private(set) var layers: [String: IntegerLayer] = [:]
  let inputExponent: Int
  private(set) var outputExponent: Int

  private let network: Network
  private let quantization: Quantization
  private let groups: [String: ParameterGroup]

  /// The argument of a table is worth 2^-12, its values 2^-15.
  static let argumentExponent = 12
  static let functionExponent = 15

  /// - Throws: ``NetworkError`` where the network is not in fixed point, or a number does not fit.
  init(_ network: Network) throws(NetworkError) {
    guard let quantization = network.quantization else {
      throw .invalid("the network is not in fixed point")
    }
    try quantization.scheme.validate()
    guard let groups = network.parameterGroups else { throw .notForFixedPoint }
    self.network = network
    self.quantization = quantization
    self.groups = Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0) })
    outputExponent = 0
    inputExponent = try Self.exponent("input", quantization)
    outputExponent = try walk(network.layers, path: "", inputExponent)
  }

  var limit: Int32 {
    FixedPointFormat(bits: quantization.scheme.activationBits, exponent: 0).limit
  }

  // MARK: Layers

  /// - Parameter x: the exponent of what the layers take.
  /// - Returns: that of what they give.
  private mutating func walk(
    _ layers: [Layer], path: String, _ x: Int
  ) throws(NetworkError) -> Int {
    var x = x
    for (layer, path, _) in layers.placed(inputWidth: 1, path: path) {
      switch layer {
      case .dense:
        let y = try exponent(path)
        let (matrix, exponents) = try matrix("\(path).weight", "\(path).bias", input: x)
        let shifts = try shifts(path, exponents, to: y)
        try check(path, matrix, shifts)
        self.layers[path] = .dense(matrix, shifts: shifts)
        x = y
      case .gate:
        let y = try exponent(path)
        let (matrix, exponents) = try matrix("\(path).weight", "\(path).bias", input: x)
        let finer = max(Self.argumentExponent - (exponents.min() ?? 0), 0)
        let left = try shift(path, finer, in: 0...31)
        let shifts = try shifts(
          path, exponents.map { $0 + left }, to: Self.argumentExponent)
        try check(path, matrix, shifts, left: left)
        self.layers[path] = .gate(
          matrix, left: left, shifts: shifts,
          shift: try shift(path, x + Self.functionExponent - y, in: 0...31))
        x = y
      case .linearRecurrence(let recurrence):
        x = try walk(recurrence, path, x)
      case .activation(let function):
        x = try walk(function, path, x)
      case .residual(let branch):
        let y = try walk(branch, path: path, x)
        let sum = try exponent(path)
        let finest = max(x, y)
        self.layers[path] = .sum(
          input: try shift(path, finest - x, in: 0...14),
          branch: try shift(path, finest - y, in: 0...14),
          shift: try shift(path, finest - sum, in: 0...31))
        x = sum
      case .recurrent:
        throw .invalid("\(path): there are no recurrent cells in fixed point")
      case .normalization:
        throw .invalid("\(path): there are no normalisations in fixed point")
      }
    }
    return x
  }

  private mutating func walk(
    _ function: ActivationFunction, _ path: String, _ x: Int
  ) throws(NetworkError) -> Int {
    guard function != .relu else { return x }
    let bits = quantization.scheme.activationBits
    let finer = Self.argumentExponent - x
    let y = function == .gelu ? try exponent(path) : bits - 1
    let shift =
      function == .gelu
      ? try shift(path, x + Self.functionExponent - y, in: 0...31) : Self.functionExponent - y
    layers[path] = .function(
      left: try self.shift(path, max(finer, 0), in: 0...14),
      argument: try self.shift(path, max(-finer, 0), in: 0...31), result: shift)
    return y
  }

  private mutating func walk(
    _ layer: LinearRecurrenceLayer, _ path: String, _ x: Int
  ) throws(NetworkError) -> Int {
    guard layer.discretization == .discrete, layer.hasBias else {
      throw .invalid("\(path): in fixed point a recurrence is discrete and has biases")
    }
    let y = try exponent(path)
    let state = try exponent("\(path).state")
    let read = try exponent("\(path).read")

    let a = try integers("\(path).A")
    let f = try integers("\(path).f")
    let b = try integers("\(path).B")
    let c = try integers("\(path).C")
    let d = try integers("\(path).D")
    let inputBias = try integers("\(path).inputBias")
    let bias = try integers("\(path).bias")
    let states = layer.states
    let width = d.parts[0].count

    // What B gives, and C.
    let bExponents = b.exponents.map { $0 + x }
    let pair = layer.conjugateSymmetry ? 1 : 0
    let cExponents = c.exponents.map { $0 + read - pair }
    func matrix(
      _ weights: [Int32], _ bias: [Int32], rows: Int, columns: Int, negated: Bool = false
    ) -> IntegerMatrix {
      IntegerMatrix(
        rows: rows, columns: columns,
        weights: weights.map { Int8(truncatingIfNeeded: negated ? -$0 : $0) }, bias: bias)
    }
    var result = IntegerRecurrence(
      b: (
        matrix(
          b.parts[0], try aligned(inputBias, 0, to: bExponents, path), rows: states,
          columns: width),
        matrix(
          b.parts[1], try aligned(inputBias, 1, to: bExponents, path), rows: states,
          columns: width)
      ),
      c: (
        matrix(
          c.parts[0], try aligned(bias, 0, to: cExponents, path), rows: width, columns: states),
        matrix(
          c.parts[1], Array(repeating: 0, count: width), rows: width, columns: states,
          negated: true)
      ),
      a: (a.parts[0], a.parts[1]), aShift: 0, f: (f.parts[0], f.parts[1]), fShifts: [],
      readShift: 0, cShifts: [], d: d.parts[0], dShift: 0)
    result.aShift = try shift(path, a.exponents[0], in: 0...62)
    for i in 0..<states {
      result.fShifts.append(
        Int32(try shift(path, f.exponents[i] + bExponents[i] - state, in: 0...62)))
    }
    result.readShift = try shift(path, state - read, in: 0...31)
    result.cShifts = try shifts(path, cExponents, to: y, least: 1)
    result.dShift = try shift(path, d.exponents[0] + x - y, in: 1...31)
    try check(path, result.b.real, [])
    try check(path, result.b.imaginary, [])
    // Both parts of C are summed up in one product.
    try check(
      path, result.c.real, result.cShifts,
      with: result.c.imaginary.weights)
    layers[path] = .recurrence(result)
    return y
  }

  // MARK: Numbers

  private static func exponent(
    _ place: String, _ quantization: Quantization
  ) throws(NetworkError) -> Int {
    guard let exponent = quantization.activations[place] else {
      throw .invalid("quantization: no exponent for what is at \(place)")
    }
    guard Quantization.exponents.contains(exponent) else {
      throw .invalid("quantization: the exponent \(exponent) at \(place); expected -64 to 64")
    }
    return exponent
  }

  private func exponent(_ place: String) throws(NetworkError) -> Int {
    try Self.exponent(place, quantization)
  }

  /// The parts of a group of parameters as integers, and the exponent of every row.
  private func integers(
    _ name: String
  ) throws(NetworkError) -> (parts: [[Int32]], exponents: [Int]) {
    guard let group = groups[name], let given = quantization.parameters[name] else {
      throw .invalid("quantization: no exponents for \(name)")
    }
    guard given.count == 1 || (given.count == group.rows && group.isByRow(quantization.scheme)),
      given.allSatisfy(Quantization.exponents.contains)
    else {
      throw .invalid(
        "quantization: the \(given.count) exponents of \(name) are not one, or one a row, from "
          + "-64 to 64")
    }
    let exponents =
      given.count == 1 ? Array(repeating: given[0], count: group.rows) : given
    let limit = FixedPointFormat(bits: group.bits(quantization.scheme), exponent: 0).limit
    var parts: [[Int32]] = []
    for parameter in group.parameters {
      let values = network[parameter.name].values
      let columns = values.count / max(group.rows, 1)
      var part: [Int32] = []
      part.reserveCapacity(values.count)
      for (index, value) in values.enumerated() {
        let scale = Float(sign: .plus, exponent: exponents[index / columns], significand: 1)
        let integer = value * scale
        guard integer.magnitude <= Float(limit), integer == integer.rounded() else {
          throw .invalid(
            "\(parameter.name) has the value \(value) at \(index), which is not an integer of "
              + "\(group.bits(quantization.scheme)) bits times 2^-\(exponents[index / columns])")
        }
        part.append(Int32(integer))
      }
      parts.append(part)
    }
    return (parts, exponents)
  }

  /// A matrix that multiplies what has the exponent `input`, and the exponent of each row's products.
  private func matrix(
    _ name: String, _ biasName: String, input: Int
  ) throws(NetworkError) -> (IntegerMatrix, exponents: [Int]) {
    let weights = try integers(name)
    let exponents = weights.exponents.map { $0 + input }
    let bias = try aligned(try integers(biasName), 0, to: exponents, biasName)
    let rows = exponents.count
    return (
      IntegerMatrix(
        rows: rows, columns: weights.parts[0].count / max(rows, 1),
        weights: weights.parts[0].map { Int8(truncatingIfNeeded: $0) }, bias: bias), exponents
    )
  }

  /// A bias in units of the products that it is added to.
  private func aligned(
    _ bias: (parts: [[Int32]], exponents: [Int]), _ part: Int, to exponents: [Int], _ path: String
  ) throws(NetworkError) -> [Int32] {
    var result: [Int32] = []
    for (index, value) in bias.parts[part].enumerated() {
      let left = try shift(path, exponents[index] - bias.exponents[index], in: 0...62)
      let wide = Int64(value) << Int64(left)
      guard wide >> Int64(left) == Int64(value), let narrow = Int32(exactly: wide) else {
        throw .invalid("\(path): the bias at \(index) exceeds 32 bits")
      }
      result.append(narrow)
    }
    return result
  }

  private func shift(
    _ path: String, _ shift: Int, in range: ClosedRange<Int>
  ) throws(NetworkError) -> Int {
    guard range.contains(shift) else {
      throw .invalid(
        "\(path): its exponents ask for a shift by \(shift) bits; expected "
          + "\(range.lowerBound) to \(range.upperBound)")
    }
    return shift
  }

  private func shifts(
    _ path: String, _ exponents: [Int], to exponent: Int, least: Int = 0
  ) throws(NetworkError) -> [Int32] {
    var shifts: [Int32] = []
    for row in exponents {
      shifts.append(Int32(try shift(path, row - exponent, in: least...31)))
    }
    return shifts
  }

  /// Proves that no sum of a row can exceed 32 bits, whatever the activations.
  ///
  /// - Parameters:
  ///   - left: by how many bits sums are shifted to the left.
  ///   - others: further weights of the same rows.
  private func check(
    _ path: String, _ matrix: IntegerMatrix, _ shifts: [Int32], left: Int = 0,
    with others: [Int8] = []
  ) throws(NetworkError) {
    let largest = Int64(1) << Int64(quantization.scheme.activationBits - 1)
    for row in 0..<matrix.rows {
      func sum(_ weights: [Int8]) -> Int64 {
        weights[row * matrix.columns..<(row + 1) * matrix.columns].reduce(0) {
          $0 + Int64($1.magnitude)
        }
      }
      let half: Int64 = shifts.isEmpty ? 0 : (1 << Int64(shifts[row])) >> 1
      let weights = sum(matrix.weights) + (others.isEmpty ? 0 : sum(others))
      let most = weights * largest + Int64(matrix.bias[row].magnitude)
      guard most <= Int64(Int32.max) >> Int64(left),
        most << Int64(left) + half <= Int64(Int32.max)
      else {
        throw .invalid(
          "\(path): the weights of row \(row) add up to \(weights), and times "
            + "\(quantization.scheme.activationBits)-bit activations to more than 32 bits hold")
      }
    }
  }
}
