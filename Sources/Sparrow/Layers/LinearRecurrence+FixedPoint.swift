import CSparrow

/// The diagonal state-space layer in integers; `Documentation/FixedPoint.md` has the arithmetic.
struct IntegerRecurrence: IntegerForm {
  /// Parts of complex numbers: those of the rows of B, and of the columns of C, which counts twice
  /// where states stand for pairs and has the sign of the imaginary part changed.
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

extension LinearRecurrenceLayer {
  package func fixedPointForm(at path: String, _ parameters: inout [String: Tensor]) -> Layer {
    guard discretization != .discrete else { return layer }
    let (a, f) = system { parameters["\(path).\($0)"]!.values }
    for (name, values) in [("A", a), ("f", f)] {
      parameters["\(path).\(name).real"] = Tensor(
        shape: [values.count], values: values.map { Float($0.real) })
      parameters["\(path).\(name).imaginary"] = Tensor(
        shape: [values.count], values: values.map { Float($0.imaginary) })
    }
    for name in ["eigenvalues.real", "eigenvalues.imaginary", "logStep"] {
      parameters["\(path).\(name)"] = nil
    }
    var discrete = self
    discrete.discretization = .discrete
    discrete.maximumTimeConstant = nil
    return discrete.layer
  }

  package func activationPlaces(at path: String) -> [String] {
    ["\(path).state", "\(path).read", path]
  }

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    let path = place.path
    quantizer.roundVector("\(path).A")
    quantizer.roundVector("\(path).f")
    let products = quantizer.roundWeights(
      "\(path).B", bias: "\(path).inputBias", times: x, to: nil)
    let factors = quantizer.exponents["\(path).f"]!
    let finest = zip(factors, products).map { $0 + $1 }.min() ?? 0
    let largest = quantizer.largest(at: "\(path).state")
    var state = min(FixedPointFormat(bits: 32, holding: 8 * largest).exponent, finest)
    let read = quantizer.chooseExponent(at: "\(path).read", most: state)
    state = min(state, read + 31)
    quantizer.setExponent(state, at: "\(path).state")

    let wanted = quantizer.chooseExponent(at: path)
    let pair = conjugateSymmetry ? 1 : 0
    let sums = quantizer.roundWeights(
      "\(path).C", bias: "\(path).bias", times: read - pair, to: wanted + 1)
    let feedThrough = quantizer.roundVector("\(path).D", most: wanted + 31 - x)
    return quantizer.chooseExponent(
      at: path, most: min((sums.min() ?? wanted) - 1, feedThrough + x - 1))
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    let path = place.path
    guard discretization == .discrete, hasBias else {
      throw .invalid("\(path): in fixed point a recurrence is discrete and has biases")
    }
    let y = try builder.exponent(at: path)
    let state = try builder.exponent(at: "\(path).state")
    let read = try builder.exponent(at: "\(path).read")

    let a = try builder.group("\(path).A")
    let f = try builder.group("\(path).f")
    let b = try builder.group("\(path).B")
    let c = try builder.group("\(path).C")
    let d = try builder.group("\(path).D")
    let inputBias = try builder.group("\(path).inputBias")
    let bias = try builder.group("\(path).bias")
    let width = place.width

    // Exponents of the products of B, and of C.
    let bExponents = b.exponents.map { $0 + x }
    let pair = conjugateSymmetry ? 1 : 0
    let cExponents = c.exponents.map { $0 + read - pair }
    func matrix(
      _ weights: [Int8], _ bias: [Int32], rows: Int, columns: Int
    ) -> IntegerMatrix {
      IntegerMatrix(rows: rows, columns: columns, weights: weights, bias: bias)
    }
    func biases(
      _ group: IntegerGroup, _ part: Int, _ exponents: [Int]
    ) throws(NetworkError) -> [Int32] {
      try builder.aligned(group, part, to: exponents, at: path)
    }
    var result = IntegerRecurrence(
      b: (
        matrix(
          b.weights[0], try biases(inputBias, 0, bExponents), rows: states, columns: width),
        matrix(
          b.weights[1], try biases(inputBias, 1, bExponents), rows: states, columns: width)
      ),
      c: (
        matrix(c.weights[0], try biases(bias, 0, cExponents), rows: width, columns: states),
        matrix(
          c.weights[1].map { -$0 }, Array(repeating: 0, count: width), rows: width,
          columns: states)
      ),
      a: (a.parts[0], a.parts[1]), aShift: 0, f: (f.parts[0], f.parts[1]), fShifts: [],
      readShift: 0, cShifts: [], d: d.parts[0], dShift: 0)
    result.aShift = try builder.shift(a.exponents[0], in: 0...62, at: path)
    for i in 0..<states {
      result.fShifts.append(
        Int32(
          try builder.shift(f.exponents[i] + bExponents[i] - state, in: 0...62, at: path)))
    }
    result.readShift = try builder.shift(state - read, in: 0...31, at: path)
    result.cShifts = try builder.shifts(cExponents, to: y, least: 1, at: path)
    result.dShift = try builder.shift(d.exponents[0] + x - y, in: 1...31, at: path)
    try builder.check(result.b.real, [], at: path)
    try builder.check(result.b.imaginary, [], at: path)
    // Both parts of C are summed up in one product.
    try builder.check(result.c.real, result.cShifts, with: result.c.imaginary.weights, at: path)
    builder.forms[path] = result
    return y
  }

  /// The record in integers.
  func pack(
    _ integers: IntegerRecurrence, _ place: LayerPlace, into packer: inout Packer,
    _ record: inout sparrow_layer
  ) {
    let path = place.path
    let stored = padded(states)
    let width = integers.d.count

    // B: real rows, then imaginary rows, each padded, so that a state's parts are vectors.
    let rows = [Int8](repeating: 0, count: (stored - states) * width)
    let b = IntegerMatrix(
      rows: 2 * stored, columns: width,
      weights: integers.b.real.weights + rows + integers.b.imaginary.weights + rows,
      bias: padded(integers.b.real.bias) + padded(integers.b.imaginary.bias))
    // C: real columns, then imaginary ones, padded likewise.
    var c = IntegerMatrix(rows: width, columns: 2 * stored, weights: [], bias: integers.c.real.bias)
    let columns = [Int8](repeating: 0, count: stored - states)
    for row in 0..<width {
      let own = row * states..<(row + 1) * states
      c.weights += integers.c.real.weights[own] + columns
      c.weights += integers.c.imaginary.weights[own] + columns
    }

    record.matrices.0 = packer.append(b, named: "\(path).B", ownRows: 2 * states)
    record.matrices.1 = packer.append(c, named: "\(path).C", ownColumns: 2 * states)
    record.vectors.0 = packer.image.append(padded(integers.a.real) + padded(integers.a.imaginary))
    record.vectors.1 = packer.image.append(
      padded(integers.f.real) + padded(integers.f.imaginary) + padded(integers.fShifts))
    // Padding is shifted too, by a number that is allowed.
    record.vectors.2 = packer.image.append(
      padded(integers.d) + padded(integers.cShifts, with: 1))
    record.shifts = (
      UInt32(integers.aShift), UInt32(integers.readShift), UInt32(integers.dShift)
    )
    packer.appendWithWork(&record, of: path)
  }
}
