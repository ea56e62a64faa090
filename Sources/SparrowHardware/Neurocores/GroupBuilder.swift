import Sparrow

/// Turns a network in fixed point into groups of neurons.
struct GroupBuilder {
  private let parameters: IntegerParameters
  private(set) var groups: [NeuronGroup] = []
  /// Groups whose values something else needs as they are.
  private var sealed: Set<Int> = []

  /// Values on their way: whose they are, nil being the input's, how many, and their exponent.
  private struct Values {
    var group: Int?
    var count: Int
    var exponent: Int
  }

  /// The group whose values are the network's.
  private(set) var output = 0
  let inputExponent: Int
  var limit: Int { 1 << (parameters.quantization.scheme.activationBits - 1) - 1 }

  /// - Throws: ``ChipError/unsupported(chip:reason:)`` where the network is not in fixed point.
  init(_ network: Network, chip: String) throws(ChipError) {
    guard let quantization = network.quantization else {
      let canBe = network.parameterGroups != nil
      throw .unsupported(
        chip: chip,
        reason: canBe
          ? "it is not in fixed point; `sparrow quantize` makes one that is"
          : "it has layers that fixed point does not know")
    }
    parameters = IntegerParameters(network: network, quantization: quantization)
    inputExponent = parameters.exponent("input")
    var values = try walk(
      network.layers.placed(inputWidth: network.inputWidth, path: ""),
      Values(group: nil, count: network.inputWidth, exponent: inputExponent), chip)
    if values.group == nil { values = relay(values, "output") }
    output = values.group!
    for index in groups.indices {
      groups[index].stage =
        groups[index].connections.map { $0.source.map { groups[$0].stage + 1 } ?? 0 }.max() ?? 0
    }
  }

  /// This is the one place that knows how a layer becomes neurons.
  private mutating func walk(
    _ places: [(layer: Layer, path: String, width: Int)], _ input: Values, _ chip: String
  ) throws(ChipError) -> Values {
    var x = input
    for (layer, path, width) in places {
      switch layer {
      case .dense(let dense): x = self.dense(dense.outputs, path, x)
      case .gate: x = gate(path, x)
      case .linearRecurrence(let recurrence): x = self.recurrence(recurrence, path, x)
      case .activation(let function): x = activation(function, path, x)
      case .residual(let inner):
        if let group = x.group { sealed.insert(group) }
        let branch = try walk(inner.placed(inputWidth: width, path: path), x, chip)
        x = sum(path, x, branch)
      case .recurrent:
        throw .unsupported(chip: chip, reason: "\(path) is a recurrent cell")
      case .normalization:
        throw .unsupported(chip: chip, reason: "\(path) is a normalisation")
      }
    }
    return x
  }

  // MARK: Layers

  private mutating func dense(_ outputs: Int, _ path: String, _ x: Values) -> Values {
    let weights = parameters.integers("\(path).weight", of: "\(path).weight")
    let exponents = weights.exponents.map { $0 + x.exponent }
    let y = parameters.exponent(path)
    return append(
      NeuronGroup(
        name: path, count: outputs,
        program: .dense(
          bias: parameters.bias("\(path).bias", of: "\(path).bias", aligned: exponents),
          shifts: exponents.map { $0 - y }),
        connections: [matrix([(weights.values, 0, 0)], columns: x.count, from: x)], exponent: y))
  }

  private mutating func gate(_ path: String, _ x: Values) -> Values {
    let weights = parameters.integers("\(path).weight", of: "\(path).weight")
    let exponents = weights.exponents.map { $0 + x.exponent }
    let y = parameters.exponent(path)
    return append(
      NeuronGroup(
        name: path, count: x.count,
        program: .gate(
          bias: parameters.bias("\(path).bias", of: "\(path).bias", aligned: exponents),
          exponents: exponents, shift: x.exponent + TabulatedFunction.valueExponent - y),
        connections: [
          matrix([(weights.values, 0, 0)], columns: x.count, from: x), oneToOne(x, compartment: 1),
        ], exponent: y))
  }

  private mutating func recurrence(
    _ layer: LinearRecurrenceLayer, _ path: String, _ u: Values
  ) -> Values {
    func parts(_ name: String) -> (real: [Int], imaginary: [Int], exponents: [Int]) {
      let real = parameters.integers("\(path).\(name).real", of: "\(path).\(name)")
      let imaginary = parameters.integers("\(path).\(name).imaginary", of: "\(path).\(name)")
      return (real.values, imaginary.values, real.exponents)
    }
    let stateExponent = parameters.exponent("\(path).state")
    let readExponent = parameters.exponent("\(path).read")
    let (a, f, b, c) = (parts("A"), parts("f"), parts("B"), parts("C"))
    let entering = b.exponents.map { $0 + u.exponent }
    func inputBias(_ part: String) -> [Int] {
      parameters.bias("\(path).inputBias.\(part)", of: "\(path).inputBias", aligned: entering)
    }
    let state = append(
      NeuronGroup(
        name: "\(path).B", count: layer.states,
        program: .state(
          StateProgram(
            bias: (inputBias("real"), inputBias("imaginary")), a: (a.real, a.imaginary),
            aShift: a.exponents[0], f: (f.real, f.imaginary),
            fShifts: f.exponents.indices.map { f.exponents[$0] + entering[$0] - stateExponent },
            readShift: stateExponent - readExponent, isRectified: layer.rectifiesState)),
        connections: [
          matrix([(b.real, 0, 0), (b.imaginary, 0, 1)], columns: u.count, from: u)
        ], exponent: readExponent))

    // A state that stands for a pair counts twice, which is a bit of the exponent.
    let leaving = c.exponents.map { $0 + readExponent - (layer.conjugateSymmetry ? 1 : 0) }
    let y = parameters.exponent(path)
    let d = parameters.integers("\(path).D", of: "\(path).D")
    let feedThrough = oneToOne(u, compartment: 1, weights: d.values)
    return append(
      NeuronGroup(
        name: "\(path).C", count: u.count,
        program: .readout(
          bias: parameters.bias("\(path).bias", of: "\(path).bias", aligned: leaving),
          shifts: leaving.map { $0 - y }, feedThrough: d.exponents[0] + u.exponent - y),
        connections: [
          matrix(
            [(c.real, 0, 0), (c.imaginary.map { -$0 }, layer.states, 0)], columns: layer.states,
            from: state), feedThrough,
        ], exponent: y))
  }

  private mutating func activation(
    _ function: ActivationFunction, _ path: String, _ x: Values
  ) -> Values {
    var x = unshared(x, path)
    let bits = parameters.quantization.scheme.activationBits
    let operation: NeuronOperation
    switch function {
    case .relu: operation = .rectify
    case .sigmoid, .tanh:
      operation = .function(
        function == .tanh ? .tanh : .sigmoid, exponent: x.exponent, shift: 16 - bits)
      x.exponent = bits - 1
    case .gelu:
      let y = parameters.exponent(path)
      operation = .gated(
        .geluFactor, exponent: x.exponent,
        shift: x.exponent + TabulatedFunction.valueExponent - y)
      x.exponent = y
    }
    groups[x.group!].operations.append(operation)
    groups[x.group!].exponent = x.exponent
    return x
  }

  private mutating func sum(_ path: String, _ x: Values, _ branch: Values) -> Values {
    var branch = unshared(branch, path)
    let group = branch.group!
    let finest = max(x.exponent, branch.exponent)
    let y = parameters.exponent(path)
    groups[group].connections.append(
      oneToOne(x, compartment: groups[group].compartments))
    groups[group].operations.append(
      .sum(own: finest - branch.exponent, other: finest - x.exponent, shift: finest - y))
    groups[group].exponent = y
    branch.exponent = y
    return branch
  }

  // MARK: Groups and synapses

  private mutating func append(_ group: NeuronGroup) -> Values {
    groups.append(group)
    return Values(group: groups.count - 1, count: group.count, exponent: group.exponent)
  }

  /// Values that nothing else needs, so that their group may go on with them.
  private mutating func unshared(_ x: Values, _ path: String) -> Values {
    if let group = x.group, !sealed.contains(group) { return x }
    return relay(x, path)
  }

  private mutating func relay(_ x: Values, _ path: String) -> Values {
    append(
      NeuronGroup(
        name: path, count: x.count, program: .relay, connections: [oneToOne(x, compartment: 0)],
        exponent: x.exponent))
  }

  /// Synapses for the non-zero weights of matrices, row-major.
  ///
  /// - Parameter blocks: the weights, the first of the values that they multiply, and the compartment that
  ///   they add to.
  private func matrix(
    _ blocks: [(weights: [Int], first: Int, compartment: Int)], columns: Int, from x: Values
  ) -> Connection {
    let values = (blocks.map(\.first).max() ?? 0) + columns
    var lists = Array(repeating: [Synapse](), count: values)
    for block in blocks {
      for (index, weight) in block.weights.enumerated() where weight != 0 {
        lists[block.first + index % columns].append(
          Synapse(
            neuron: Int32(index / columns), compartment: Int32(block.compartment),
            weight: Int32(weight)))
      }
    }
    return connection(lists, from: x, isMatrix: true)
  }

  private func oneToOne(_ x: Values, compartment: Int, weights: [Int]? = nil) -> Connection {
    let lists = (0..<x.count).map { index in
      let weight = weights?[index] ?? 1
      return weight == 0
        ? []
        : [
          Synapse(
            neuron: Int32(index), compartment: Int32(compartment), weight: Int32(weight))
        ]
    }
    return connection(lists, from: x, isMatrix: false)
  }

  private func connection(_ lists: [[Synapse]], from x: Values, isMatrix: Bool) -> Connection {
    var offsets = [0]
    for list in lists { offsets.append(offsets.last! + list.count) }
    return Connection(
      source: x.group, offsets: offsets, synapses: lists.flatMap { $0 }, isMatrix: isMatrix)
  }
}
