import CSparrow
import SparrowCore

extension RecurrentLayer {
  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    values.transform(to: units, by: &packer) { packer, input, output, affine in
      pack(place.path, into: &packer, input: input, output: output, folding: affine)
    }
  }

  private func pack(
    _ path: String, into packer: inout Packer, input: Slot, output: Slot, folding affine: Affine?
  ) {
    let network = packer.network
    var record = sparrow_layer(SPARROW_LAYER_RECURRENT, input: input, output: output)
    record.states = UInt32(padded(units))
    record.cell = cValue.rawValue
    record.multiplications = UInt32(multiplications)
    if case .rnn(let function) = cell { record.function = function.cValue }

    func bias(_ name: String, _ gates: Range<Int>) -> [Float] {
      Array(network["\(path).\(name)"].values[gates.lowerBound * units..<gates.upperBound * units])
    }
    var inputs = MatrixToPack(
      network["\(path).inputWeight"], bias: network["\(path).inputBias"])
    if let affine { inputs.fold(affine) }
    record.matrices.0 = packer.append(
      inputs.interleaved(gates: gates, units: units), named: "\(path).inputWeight")
    let recurrentGates = resetsFirst ? 2 : gates
    record.matrices.1 = packer.append(
      recurrentMatrix(
        network["\(path).recurrentWeight"], gates: recurrentGates,
        bias: bias("recurrentBias", 0..<recurrentGates)),
      named: "\(path).recurrentWeight")
    if resetsFirst {
      record.matrices.2 = packer.append(
        recurrentMatrix(
          network["\(path).candidateWeight"], gates: 1, bias: bias("recurrentBias", 2..<3)),
        named: "\(path).candidateWeight")
    }
    if case .eventGRU(let events) = cell {
      let thresholds = network["\(path).threshold"].values.map { min(max($0, 0), 1) }
      record.vectors.0 = packer.image.append(thresholds + zeros(padded(units) - units))
      record.interval = UInt32(events.resetInterval ?? 0)
    }

    let memory = RecurrentMemory(record)
    let work = packer.scratch.allocate(memory.workCount)
    record.work = work.offset
    record.state = UInt32(packer.stateCount)
    packer.append(record, of: path)
    appendState(to: &packer, stored: padded(units))
    packer.stateCount += memory.stateCount
    packer.scratch.release(work)
  }

  private func appendState(to packer: inout Packer, stored: Int) {
    let first = packer.stateCount
    func segment(_ start: Int, _ count: Int) -> sparrow_plan_segment {
      sparrow_plan_segment(start: UInt32(first + start), count: UInt32(count))
    }
    packer.segments.append(segment(0, units))
    switch cell {
    case .rnn, .gru: break
    case .lstm: packer.segments.append(segment(stored, units))
    case .eventGRU(let events):
      packer.segments.append(segment(stored, units))
      if events.resetInterval != nil { packer.segments.append(segment(2 * stored, 1)) }
    }
  }

  /// Rows of blocks, with the zeros between blocks and shuffled units where they are.
  private func recurrentMatrix(
    _ tensor: Tensor, gates: Int, bias: [Float]
  ) -> MatrixToPack<Float> {
    let size = blockSize
    let order = structure.order(units: units)
    let stored = tensor.values
    var weights = zeros(gates * units * units)
    for row in 0..<gates * units {
      let first = row % units / size * size
      for j in 0..<size { weights[row * units + order[first + j]] = stored[row * size + j] }
    }
    // The rows that a column meets are those of its block: what a step without zeros is counted by.
    return MatrixToPack(
      rows: gates * units, columns: units, weights: weights, bias: bias, ownRows: gates * size
    ).interleaved(gates: gates, units: units)
  }
}

extension MatrixToPack<Float> {
  /// Rows of gates as a step reads their results: sixteen units of each gate after the other, and
  /// whole sixteens of them.
  func interleaved(gates: Int, units: Int) -> Self {
    let stored = padded(units)
    var result = self
    result.rows = gates * stored
    result.weights = zeros(gates * stored * columns)
    var bias = zeros(gates * stored)
    for gate in 0..<gates {
      for unit in 0..<units {
        let from = gate * units + unit
        let to = (unit / 16 * gates + gate) * 16 + unit % 16
        for column in 0..<columns {
          result.weights[to * columns + column] = weights[from * columns + column]
        }
        bias[to] = self.bias?[from] ?? 0
      }
    }
    result.bias = bias
    return result
  }
}

extension RecurrentLayer {
  private var cValue: sparrow_cell {
    switch cell {
    case .rnn: SPARROW_CELL_RNN
    case .lstm: SPARROW_CELL_LSTM
    case .gru(let resetsFirst): resetsFirst ? SPARROW_CELL_GRU_RESET_FIRST : SPARROW_CELL_GRU
    case .eventGRU: SPARROW_CELL_EVENT_GRU
    }
  }

  /// Pointwise ones of a step: of values with gates, or with values that gates were multiplied
  /// with.
  private var multiplications: Int {
    switch cell {
    case .rnn: 0
    case .lstm, .gru, .eventGRU: 3 * units
    }
  }
}
