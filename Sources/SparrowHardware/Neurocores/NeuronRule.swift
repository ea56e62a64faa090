import Sparrow

/// The neurons of a kind of layer in fixed point. Layers whose rule does not conform are refused.
protocol NeuronRule: LayerRule {
  /// Appends the layer's groups of neurons; returns the values that they give.
  func neurons(
    _ place: LayerPlace, _ x: GroupBuilder.Values, in builder: inout GroupBuilder, _ chip: String
  ) throws(ChipError) -> GroupBuilder.Values
}

extension DenseLayer: NeuronRule {
  func neurons(
    _ place: LayerPlace, _ x: GroupBuilder.Values, in builder: inout GroupBuilder, _ chip: String
  ) -> GroupBuilder.Values {
    let product = builder.product(place.path, of: x)
    let y = builder.parameters.exponent(place.path)
    return builder.append(
      NeuronGroup(
        name: place.path, count: outputs,
        program: .dense(bias: product.bias, shifts: product.exponents.map { $0 - y }),
        connections: [product.connection], exponent: y))
  }
}

extension GateLayer: NeuronRule {
  func neurons(
    _ place: LayerPlace, _ x: GroupBuilder.Values, in builder: inout GroupBuilder, _ chip: String
  ) -> GroupBuilder.Values {
    let product = builder.product(place.path, of: x)
    let y = builder.parameters.exponent(place.path)
    return builder.append(
      NeuronGroup(
        name: place.path, count: x.count,
        program: .gate(
          bias: product.bias, exponents: product.exponents,
          shift: x.exponent + TabulatedFunction.valueExponent - y),
        connections: [product.connection, builder.oneToOne(x, compartment: 1)], exponent: y))
  }
}

extension LinearRecurrenceLayer: NeuronRule {
  func neurons(
    _ place: LayerPlace, _ u: GroupBuilder.Values, in builder: inout GroupBuilder, _ chip: String
  ) -> GroupBuilder.Values {
    let (path, parameters) = (place.path, builder.parameters)
    func parts(_ name: String) -> (real: [Int], imaginary: [Int], exponents: [Int]) {
      let (real, exponents) = parameters.integers("\(path).\(name)")
      return (real, parameters.integers("\(path).\(name)", part: 1).values, exponents)
    }
    let stateExponent = parameters.exponent("\(path).state")
    let readExponent = parameters.exponent("\(path).read")
    let (a, f, b, c) = (parts("A"), parts("f"), parts("B"), parts("C"))
    let entering = b.exponents.map { $0 + u.exponent }
    func inputBias(_ part: Int) -> [Int] {
      parameters.bias("\(path).inputBias", part: part, aligned: entering)
    }
    let state = builder.append(
      NeuronGroup(
        name: "\(path).B", count: states,
        program: .state(
          StateProgram(
            bias: (inputBias(0), inputBias(1)), a: (a.real, a.imaginary),
            aShift: a.exponents[0], f: (f.real, f.imaginary),
            fShifts: f.exponents.indices.map { f.exponents[$0] + entering[$0] - stateExponent },
            readShift: stateExponent - readExponent, isRectified: rectifiesState)),
        connections: [
          builder.matrix([(b.real, 0, 0), (b.imaginary, 0, 1)], columns: u.count, from: u)
        ], exponent: readExponent))

    // A state that stands for a pair counts twice, which is a bit of the exponent.
    let leaving = c.exponents.map { $0 + readExponent - (conjugateSymmetry ? 1 : 0) }
    let y = parameters.exponent(path)
    let d = parameters.integers("\(path).D")
    let feedThrough = builder.oneToOne(u, compartment: 1, weights: d.values)
    return builder.append(
      NeuronGroup(
        name: "\(path).C", count: u.count,
        program: .readout(
          bias: parameters.bias("\(path).bias", aligned: leaving),
          shifts: leaving.map { $0 - y }, feedThrough: d.exponents[0] + u.exponent - y),
        connections: [
          builder.matrix(
            [(c.real, 0, 0), (c.imaginary.map { -$0 }, states, 0)], columns: states,
            from: state), feedThrough,
        ], exponent: y))
  }
}

extension ActivationFunction: NeuronRule {
  func neurons(
    _ place: LayerPlace, _ x: GroupBuilder.Values, in builder: inout GroupBuilder, _ chip: String
  ) -> GroupBuilder.Values {
    var x = builder.unshared(x, place.path)
    let bits = builder.parameters.quantization.scheme.activationBits
    let operation: NeuronOperation
    switch self {
    case .relu: operation = .rectify
    case .sigmoid, .tanh:
      operation = .function(
        self == .tanh ? .tanh : .sigmoid, exponent: x.exponent, shift: 16 - bits)
      x.exponent = bits - 1
    case .gelu:
      let y = builder.parameters.exponent(place.path)
      operation = .gated(
        .geluFactor, exponent: x.exponent,
        shift: x.exponent + TabulatedFunction.valueExponent - y)
      x.exponent = y
    }
    builder.groups[x.group!].operations.append(operation)
    builder.groups[x.group!].exponent = x.exponent
    return x
  }
}

extension ResidualLayer: NeuronRule {
  func neurons(
    _ place: LayerPlace, _ x: GroupBuilder.Values, in builder: inout GroupBuilder, _ chip: String
  ) throws(ChipError) -> GroupBuilder.Values {
    if let group = x.group { builder.sealed.insert(group) }
    let end = try builder.walk(
      layers.placed(inputWidth: place.width, path: place.path), x, chip)
    var branch = builder.unshared(end, place.path)
    let group = branch.group!
    let finest = max(x.exponent, branch.exponent)
    let y = builder.parameters.exponent(place.path)
    builder.groups[group].connections.append(
      builder.oneToOne(x, compartment: builder.groups[group].compartments))
    builder.groups[group].operations.append(
      .sum(own: finest - branch.exponent, other: finest - x.exponent, shift: finest - y))
    builder.groups[group].exponent = y
    branch.exponent = y
    return branch
  }
}
