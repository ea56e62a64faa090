import Sparrow

/// Turns a network in fixed point into groups of neurons.
struct GroupBuilder {
  let parameters: LayerIntegers
  var groups: [NeuronGroup] = []
  /// Groups whose values something else needs as they are.
  var sealed: Set<Int> = []

  /// Values on their way: whose they are, nil being the input's, how many, and their exponent.
  struct Values {
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
    guard let quantization = network.quantization, let integers = network.integers else {
      let canBe = network.parameterGroups != nil
      throw .unsupported(
        chip: chip,
        reason: canBe
          ? "it is not in fixed point; `sparrow quantize` makes one that is"
          : "it has layers that fixed point does not know")
    }
    parameters = LayerIntegers(integers: integers.parameters, quantization: quantization)
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

  mutating func walk(
    _ places: [LayerPlace], _ input: Values, _ chip: String
  ) throws(ChipError) -> Values {
    var x = input
    for place in places {
      guard let rule = place.layer.rule as? any NeuronRule else {
        throw .unsupported(chip: chip, reason: "\(place.path) is a \(place.layer.rule.title)")
      }
      x = try rule.neurons(place, x, in: &self, chip)
    }
    return x
  }

  // MARK: Groups and synapses

  mutating func append(_ group: NeuronGroup) -> Values {
    groups.append(group)
    return Values(group: groups.count - 1, count: group.count, exponent: group.exponent)
  }

  /// Values that nothing else needs, so that their group may go on with them.
  mutating func unshared(_ x: Values, _ path: String) -> Values {
    if let group = x.group, !sealed.contains(group) { return x }
    return relay(x, path)
  }

  mutating func relay(_ x: Values, _ path: String) -> Values {
    append(
      NeuronGroup(
        name: path, count: x.count, program: .relay, connections: [oneToOne(x, compartment: 0)],
        exponent: x.exponent))
  }

  /// The product of a layer's weight and x: its synapses, the exponent of each row, and the bias in
  /// those units.
  func product(
    _ path: String, of x: Values
  ) -> (connection: Connection, exponents: [Int], bias: [Int]) {
    let weights = parameters.integers("\(path).weight")
    let exponents = weights.exponents.map { $0 + x.exponent }
    return (
      matrix([(weights.values, 0, 0)], columns: x.count, from: x), exponents,
      parameters.bias("\(path).bias", aligned: exponents)
    )
  }

  /// Synapses for the non-zero weights of matrices, row-major.
  ///
  /// - Parameter blocks: the weights, the first of the values that they multiply, and the
  ///   compartment that they add to.
  func matrix(
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

  func oneToOne(_ x: Values, compartment: Int, weights: [Int]? = nil) -> Connection {
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
