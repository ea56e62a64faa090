public import Sparrow

extension Workload {
  /// The workload of a network, with the zeros of its weights.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - name: The name of the workload.
  ///   - steps: Steps whose inputs are known when the first one starts; 1 for a stream.
  ///   - activity: The density of the activations that each matrix multiplies, by the matrix's
  ///     name; 1 if missing. `sparrow plan --input` and `sparrow simulate --input` measure it.
  ///   - isDense: Whether zeros of weights and activations count as other numbers.
  /// - Throws: ``ChipError`` if the network has no matrices, or a GRU that resets before its
  ///   product: such a step has two dependent products, which is not modelled.
  public init(
    _ network: Network, name: String, steps: Int = 1, activity: [String: Double] = [:],
    isDense: Bool = false
  ) throws(ChipError) {
    let reader = NetworkReader(
      network: network, activity: isDense ? [:] : activity, isDense: isDense)
    self.init(
      name: name,
      layers: try reader.layers(network.layers.placed(inputWidth: network.inputWidth, path: "")),
      steps: steps)
    try validate()
  }

  /// The workload of a dense S5 network (`Layer.s5`).
  public static func s5(
    name: String, inputs: Int, width: Int, states: Int, blocks: Int, outputs: Int, steps: Int
  ) -> Workload {
    let inner = (0..<blocks).flatMap { block in
      [
        WorkloadLayer.linearRecurrence("block \(block)", inputs: width, states: states),
        .gate("block \(block) gate", units: width),
      ]
    }
    return Workload(
      name: name,
      layers: [.dense("encoder", inputs: inputs, units: width)] + inner
        + [.dense("decoder", inputs: width, units: outputs)], steps: steps)
  }
}

/// How a kind of layer loads a chip.
private protocol WorkloadRule: LayerRule {
  func workload(_ place: LayerPlace, _ reader: NetworkReader) throws(ChipError) -> [WorkloadLayer]
}

extension DenseLayer: WorkloadRule {
  fileprivate func workload(_ place: LayerPlace, _ reader: NetworkReader) -> [WorkloadLayer] {
    let name = "\(place.path).weight"
    return [
      .dense(
        place.path, inputs: place.width, units: outputs,
        weights: reader.weights([name], rows: outputs, columns: place.width),
        inputActivity: reader.share(name))
    ]
  }
}

extension GateLayer: WorkloadRule {
  fileprivate func workload(_ place: LayerPlace, _ reader: NetworkReader) -> [WorkloadLayer] {
    let name = "\(place.path).weight"
    return [
      .gate(
        place.path, units: place.width,
        weights: reader.weights([name], rows: place.width, columns: place.width),
        inputActivity: reader.share(name))
    ]
  }
}

extension LinearRecurrenceLayer: WorkloadRule {
  fileprivate func workload(_ place: LayerPlace, _ reader: NetworkReader) -> [WorkloadLayer] {
    let (path, width) = (place.path, place.width)
    return [
      .linearRecurrence(
        path, inputs: width, states: states,
        b: reader.weights(
          ["\(path).B.real", "\(path).B.imaginary"], rows: 2 * states, columns: width),
        c: reader.weights(
          ["\(path).C.real", "\(path).C.imaginary"], rows: width, columns: 2 * states,
          besides: true),
        inputActivity: reader.share("\(path).B"), stateActivity: reader.share("\(path).C"))
    ]
  }
}

extension RecurrentLayer: WorkloadRule {
  fileprivate func workload(
    _ place: LayerPlace, _ reader: NetworkReader
  ) throws(ChipError) -> [WorkloadLayer] {
    guard !resetsFirst else {
      throw .workload("a GRU that resets its state before the product is not simulated")
    }
    return [reader.cell(self, place.path, inputs: place.width)]
  }
}

extension ResidualLayer: WorkloadRule {
  fileprivate func workload(
    _ place: LayerPlace, _ reader: NetworkReader
  ) throws(ChipError) -> [WorkloadLayer] {
    try reader.layers(layers.placed(inputWidth: place.width, path: place.path))
  }
}

private struct NetworkReader {
  let network: Network
  let activity: [String: Double]
  let isDense: Bool

  /// The layers that have matrices.
  func layers(_ places: [LayerPlace]) throws(ChipError) -> [WorkloadLayer] {
    var layers: [WorkloadLayer] = []
    for place in places {
      let rule = place.layer.rule
      if let known = rule as? any WorkloadRule {
        layers += try known.workload(place, self)
      } else if !place.layer.parameters(inputWidth: place.width, path: "").matrices.isEmpty {
        throw .workload("\(place.path): a \(rule.title) is not simulated")
      }
    }
    return layers
  }

  fileprivate func cell(_ layer: RecurrentLayer, _ path: String, inputs: Int) -> WorkloadLayer {
    let weights = isDense ? WeightPattern.dense : cellWeights(layer, path, inputs: inputs)
    let (input, recurrent) = (share("\(path).inputWeight"), share("\(path).recurrentWeight"))
    switch layer.cell {
    case .rnn:
      return WorkloadLayer(
        name: path, kind: .dense,
        products: [
          MatrixProduct(
            name: path, units: layer.units, inputs: inputs, recurrentInputs: layer.units,
            weights: weights, inputActivity: input, recurrentActivity: recurrent)
        ])
    case .lstm:
      return .lstm(
        path, inputs: inputs, units: layer.units, weights: weights, inputActivity: input,
        recurrentActivity: recurrent)
    case .gru:
      return .gru(
        path, inputs: inputs, units: layer.units, weights: weights, inputActivity: input,
        recurrentActivity: recurrent)
    case .eventGRU:
      return .eventGRU(
        path, inputs: inputs, units: layer.units, weights: weights, inputActivity: input,
        recurrentActivity: recurrent)
    }
  }

  /// The weights for inputs beside those for units, with the zeros between blocks.
  private func cellWeights(
    _ layer: RecurrentLayer, _ path: String, inputs: Int
  ) -> WeightPattern {
    let (units, size) = (layer.units, layer.blockSize)
    let (rows, columns) = (layer.gates * units, inputs + units)
    let order = layer.structure.order(units: units)
    let input = network["\(path).inputWeight"].values
    let recurrent = network["\(path).recurrentWeight"].values
    var values = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for i in 0..<inputs { values[row * columns + i] = input[row * inputs + i] }
      let first = row % units / size * size
      for j in 0..<size {
        values[row * columns + inputs + order[first + j]] = recurrent[row * size + j]
      }
    }
    return .known(WeightMask(rows: rows, columns: columns, values: values))
  }

  fileprivate func share(_ matrix: String) -> Double { activity[matrix] ?? 1 }

  /// The zeros of a matrix whose parts lie below each other, or beside each other.
  fileprivate func weights(
    _ names: [String], rows: Int, columns: Int, besides: Bool = false
  ) -> WeightPattern {
    guard !isDense else { return .dense }
    let parts = names.map { network[$0].values }
    guard besides else {
      return .known(WeightMask(rows: rows, columns: columns, values: parts.flatMap { $0 }))
    }
    let width = columns / parts.count
    var values: [Float] = []
    values.reserveCapacity(rows * columns)
    for row in 0..<rows {
      for part in parts { values += part[row * width..<(row + 1) * width] }
    }
    return .known(WeightMask(rows: rows, columns: columns, values: values))
  }
}
