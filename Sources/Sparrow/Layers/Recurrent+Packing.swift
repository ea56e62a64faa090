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
    if case .eventGRU(let events) = cell { record.interval = UInt32(events.resetInterval ?? 0) }
    if let integers = packer.integers(at: path, as: IntegerCell.self) {
      return pack(integers, path, into: &packer, &record)
    }

    func bias(_ name: String, _ gates: Range<Int>) -> [Float] {
      Array(network["\(path).\(name)"].values[gates.lowerBound * units..<gates.upperBound * units])
    }
    var inputs = MatrixToPack(
      network["\(path).inputWeight"], bias: network["\(path).inputBias"])
    if let affine { inputs.fold(affine) }
    record.matrices.0 = packer.append(
      inputs.interleaved(gates: gates, units: units), named: "\(path).inputWeight")
    let recurrentGates = resetsFirst ? 2 : gates
    func recurrentMatrix(_ name: String, gates: Int, bias: [Float]) -> MatrixToPack<Float> {
      let weights = spread(network["\(path).\(name)"].values, gates: gates)
      // The rows that a column meets are those of its block: what a step without zeros is counted
      // by.
      return MatrixToPack(
        rows: gates * units, columns: units, weights: weights, bias: bias,
        ownRows: gates * blockSize
      ).interleaved(gates: gates, units: units)
    }
    record.matrices.1 = packer.append(
      recurrentMatrix(
        "recurrentWeight", gates: recurrentGates,
        bias: bias("recurrentBias", 0..<recurrentGates)), named: "\(path).recurrentWeight")
    if resetsFirst {
      record.matrices.2 = packer.append(
        recurrentMatrix("candidateWeight", gates: 1, bias: bias("recurrentBias", 2..<3)),
        named: "\(path).candidateWeight")
    }
    if case .eventGRU = cell {
      let thresholds = network["\(path).threshold"].values.map { min(max($0, 0), 1) }
      record.vectors.0 = packer.image.append(thresholds + zeros(padded(units) - units))
    }
    append(record, path, to: &packer, words: RecurrentMemory(record).workCount)
  }

  /// Appends the record with so many words to work in, and its state.
  private func append(
    _ record: sparrow_layer, _ path: String, to packer: inout Packer, words: Int
  ) {
    var record = record
    let work = packer.scratch.allocate(words * packer.scratch.valuesPerWord)
    record.work = work.offset
    record.state = UInt32(packer.stateCount)
    packer.append(record, of: path)
    appendState(to: &packer, stored: padded(units))
    packer.stateCount += RecurrentMemory(record).stateCount
    packer.scratch.release(work)
  }

  /// The record in integers.
  private func pack(
    _ integers: IntegerCell, _ path: String, into packer: inout Packer,
    _ record: inout sparrow_layer
  ) {
    let recurrentGates = resetsFirst ? 2 : gates
    func append(
      _ matrix: IntegerMatrix, _ name: String, gates: Int, isRecurrent: Bool
    ) -> sparrow_matrix {
      var matrix = matrix
      if isRecurrent {
        matrix.weights = spread(matrix.weights, gates: gates)
        matrix.columns = units
      }
      return packer.append(
        MatrixToPack(
          rows: matrix.rows, columns: matrix.columns, weights: matrix.weights, bias: matrix.bias,
          activationBits: packer.network.quantization!.scheme.activationBits,
          ownRows: isRecurrent ? gates * blockSize : matrix.rows, ownColumns: matrix.columns
        ).interleaved(gates: gates, units: units), named: "\(path).\(name)")
    }
    record.matrices.0 = append(integers.input, "inputWeight", gates: gates, isRecurrent: false)
    record.matrices.1 = append(
      integers.recurrent, "recurrentWeight", gates: recurrentGates, isRecurrent: true)
    var shifts =
      interleaved(integers.inputShifts, gates: gates, units: units)
      + interleaved(integers.recurrentShifts, gates: recurrentGates, units: units)
    if let candidate = integers.candidate {
      record.matrices.2 = append(candidate, "candidateWeight", gates: 1, isRecurrent: true)
      shifts += interleaved(integers.candidateShifts, gates: 1, units: units)
    }
    record.vectors.0 = packer.offset(of: .sigmoid)
    record.vectors.1 = packer.offset(of: .tanh)
    record.vectors.2 = packer.image.append(shifts)
    if !integers.thresholds.isEmpty {
      record.vectors.3 = packer.image.append(padded(integers.thresholds))
    }
    record.shifts = (
      UInt32(integers.readShift), UInt32(integers.productShift), UInt32(integers.argumentShift)
    )
    self.append(
      record, path, to: &packer, words: Int(RecurrentMemory.integerWork(record).count))
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
  private func spread<Weight: Numeric>(_ stored: [Weight], gates: Int) -> [Weight] {
    let size = blockSize
    let order = structure.order(units: units)
    var weights = [Weight](repeating: 0, count: gates * units * units)
    for row in 0..<gates * units {
      let first = row % units / size * size
      for j in 0..<size { weights[row * units + order[first + j]] = stored[row * size + j] }
    }
    return weights
  }
}

extension MatrixToPack {
  /// Rows of gates as a step reads their results: sixteen units of each gate after the other, and
  /// whole sixteens of them.
  func interleaved(gates: Int, units: Int) -> Self {
    var result = self
    result.rows = gates * padded(units)
    result.weights = Sparrow.interleaved(weights, gates: gates, units: units, columns: columns)
    let bias = bias ?? [Weight.Bias](repeating: 0, count: rows)
    result.bias = Sparrow.interleaved(bias, gates: gates, units: units)
    return result
  }
}

/// Values of rows, so many each, in that order, with zeros in the rows that are added.
private func interleaved<Value: Numeric>(
  _ values: [Value], gates: Int, units: Int, columns: Int = 1
) -> [Value] {
  var result = [Value](repeating: 0, count: gates * padded(units) * columns)
  for gate in 0..<gates {
    for unit in 0..<units {
      let from = (gate * units + unit) * columns
      let to = ((unit / 16 * gates + gate) * 16 + unit % 16) * columns
      for column in 0..<columns { result[to + column] = values[from + column] }
    }
  }
  return result
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
